import type { ClusterCounts, ClusterPorts } from "./cluster_ports.ts";
import type { Program } from "./role_process.ts";

export interface ClusterOptions extends Partial<ClusterCounts> {
  /** Holds all data, configuration and logs. Made when missing. */
  readonly dir: string;
  /** Default: free ones. */
  readonly ports?: ClusterPorts;
  /** Address of the front door. Default loopback only. */
  readonly bind?: string;
  /** What the roles run from. Default: the sources. */
  readonly program?: Program;
  /** Folder of the built pages. Default web/dist. */
  readonly webRoot?: string;
  /** AAC frames in a part of new broadcasts. */
  readonly partFrames?: 5 | 10 | 25;
  /** Origins whose pages may open a WebSocket. Default: the front door's. */
  readonly origins?: readonly string[];
  /** Addresses for WebRTC media. Default loopback only. */
  readonly iceInterfaces?: readonly string[];
  /** An etcd or Redis that runs already; default: one of its own. */
  readonly etcdUrl?: string;
  readonly redisUrl?: string;
  /** Settings for every role, over all others. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings for one process by its name (a role's or a Janus's), over all others. */
  readonly envOf?: (name: string) => Readonly<Record<string, string>>;
  /** True: what ends is started again. Default false. */
  readonly revive?: boolean;
  /** Told in a line of text what goes on. */
  readonly onEvent?: (line: string) => void;
}
