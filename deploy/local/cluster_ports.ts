import { freePort } from "./ports.ts";

/** First and last UDP port of a range; the first is even. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** Every port a cluster on one machine uses. */
export interface ClusterPorts {
  readonly http: number;
  readonly rooms: number;
  readonly users: number;
  readonly gateways: readonly number[];
  readonly edges: readonly number[];
  readonly mixers: readonly number[];
  /** HTTP port of each Janus's manager. */
  readonly managers: readonly number[];
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly redis: number;
  /** WebSocket port of each Janus. */
  readonly januses: readonly number[];
  /** WebRTC media, shared out among the Januses. */
  readonly webrtc: PortRange;
  /** The RTP pool, shared out among the mixers. */
  readonly rtp: PortRange;
}

/** How many of each there are. */
export interface ClusterCounts {
  readonly gateways: number;
  readonly edges: number;
  readonly mixers: number;
  readonly januses: number;
}

/** Ports that nothing uses just now. */
export function freeClusterPorts(counts: ClusterCounts): ClusterPorts {
  const several = (count: number) => Array.from({ length: count }, freePort);
  return {
    http: freePort(),
    rooms: freePort(),
    users: freePort(),
    gateways: several(counts.gateways),
    edges: several(counts.edges),
    mixers: several(counts.mixers),
    managers: several(counts.januses),
    etcd: freePort(),
    etcdPeer: freePort(),
    redis: freePort(),
    januses: several(counts.januses),
    webrtc: freeUdpRange(200 * counts.januses),
    rtp: freeUdpRange(200 * counts.mixers),
  };
}

/** The `index`th of `count` equal slices of a range, each beginning at an even port. */
export function slicePorts(range: PortRange, index: number, count: number): PortRange {
  const size = Math.floor((range.max - range.min + 1) / count / 2) * 2;
  const min = range.min + index * size;
  return { min, max: min + size - 1 };
}

/** The ranges given out by this process. */
const given: PortRange[] = [];

/** A range of UDP ports on loopback that nothing has bound, below those the kernel gives out itself. */
function freeUdpRange(size: number): PortRange {
  for (let tries = 0; tries < 1000; tries++) {
    const min = 10_000 + Math.floor(Math.random() * (32_000 - 10_000 - size) / 2) * 2;
    const range = { min, max: min + size - 1 };
    const apart = given.every((other) => range.max < other.min || other.max < range.min);
    if (!apart || !rangeIsFree(range)) continue;
    given.push(range);
    return range;
  }
  throw new Error(`Cannot find ${size} free UDP ports in a row`);
}

function rangeIsFree({ min, max }: PortRange): boolean {
  const used = new Set<number>();
  for (const table of ["/proc/net/udp", "/proc/net/udp6"]) {
    try {
      for (const [, hex] of Deno.readTextFileSync(table).matchAll(/^\s*\d+: \w+:(\w{4}) /gm)) {
        used.add(parseInt(hex ?? "0", 16));
      }
    } catch { /* no such table */ }
  }
  return ![...used].some((port) => port >= min && port <= max);
}
