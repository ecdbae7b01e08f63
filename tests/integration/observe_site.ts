import { z } from "zod";
import { startEtcd } from "../../deploy/local/etcd.ts";
import { freeClusterPorts, slicePorts } from "../../deploy/local/cluster_ports.ts";
import { startJanus } from "../../deploy/local/janus.ts";
import { type LocalProcess, startProcess, waitUntil } from "../../deploy/local/process.ts";
import { startRedis } from "../../deploy/local/redis.ts";
import { ROOT } from "../../deploy/dev/root.ts";
import { flagsOfRoles } from "../../src/permissions/flags_of.ts";
import { drainKey } from "../../src/contracts/keys.ts";
import { connectEtcd } from "../../src/coordination/etcd.ts";
import { Lifecycle } from "../../src/platform/lifecycle.ts";
import { silentLog } from "../../src/platform/log.ts";
import { tempDir } from "../support/temp_dir.ts";

/** A span as an OTLP receiver is told of it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** The spans of other traces that have to do with it. */
  readonly links: readonly { readonly traceId: string }[];
}

const Traces = z.object({
  resourceSpans: z.array(z.object({
    resource: z.object({
      attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })),
    }),
    scopeSpans: z.array(z.object({
      spans: z.array(z.object({
        name: z.string(),
        traceId: z.string(),
        spanId: z.string(),
        parentSpanId: z.string().default(""),
        links: z.array(z.object({ traceId: z.string() })).default([]),
      })),
    })),
  })),
});

/** How long (ms) two processes of three roles each may take to come up. */
const START_LIMIT_MS = 40_000;

/** All roles in two processes, on a real etcd, Redis and Janus, and a receiver for what they trace. */
export class ObservedSite implements AsyncDisposable {
  readonly #parts = new Lifecycle(silentLog());
  readonly spans: ReceivedSpan[] = [];
  #env: Record<string, string> = {};
  readonly urls: Readonly<Record<Role, string>>;

  private constructor(
    private readonly dir: string,
    private readonly ports: ReturnType<typeof freeClusterPorts>,
    readonly redis: LocalProcess,
  ) {
    const at = (port: number | undefined) => `http://127.0.0.1:${port}`;
    this.urls = {
      rooms: at(ports.rooms),
      users: at(ports.users),
      gateway: at(ports.gateways[0]),
      edge: at(ports.edges[0]),
      janus: at(ports.managers[0]),
      mixer: at(ports.mixers[0]),
    };
  }

  static async start(): Promise<ObservedSite> {
    const dir = await tempDir();
    const ports = freeClusterPorts({ gateways: 1, edges: 1, mixers: 2, januses: 1 });
    const logFile = (name: string) => `${dir.path}/${name}.log`;
    const secrets = { apiSecret: "api-secret", adminKey: "admin-key" };
    const [etcd, redis, janus] = await Promise.all([
      startEtcd({
        dir: `${dir.path}/etcd`,
        clientPort: ports.etcd,
        peerPort: ports.etcdPeer,
        logFile: logFile("etcd"),
      }),
      startRedis({ dir: `${dir.path}/redis`, port: ports.redis, logFile: logFile("redis") }),
      startJanus({
        ...secrets,
        dir: `${dir.path}/janus`,
        wsPort: ports.januses[0] ?? 0,
        rtpMin: ports.webrtc.min,
        rtpMax: ports.webrtc.max,
        logFile: logFile("janus"),
      }),
    ]);
    const site = new ObservedSite(dir.path, ports, redis);
    site.#parts.add("dir", { stop: async () => await dir[Symbol.asyncDispose]() });
    for (const part of [etcd, redis, janus]) site.#parts.add(part.name, part);
    const rtp = slicePorts(ports.rtp, 0, 2);
    site.#env = {
      ...site.#receiver(),
      ROOMCAST_ETCD: etcd.url,
      ROOMCAST_REDIS: redis.url,
      ROOMCAST_JANUS_URL: janus.url,
      ROOMCAST_JANUS_API_SECRET: secrets.apiSecret,
      ROOMCAST_JANUS_ADMIN_KEY: secrets.adminKey,
      ROOMCAST_DATA_DIR: dir.path,
      ROOMCAST_GUESTS: "true",
      ROOMCAST_ORIGINS: "*",
      ROOMCAST_ROOMS_URL: site.urls.rooms,
      ROOMCAST_USERS_URL: site.urls.users,
      ROOMCAST_ROOMS_PORT: String(ports.rooms),
      ROOMCAST_USERS_PORT: String(ports.users),
      ROOMCAST_GATEWAY_PORT: String(ports.gateways[0]),
      ROOMCAST_EDGE_PORT: String(ports.edges[0]),
      ROOMCAST_JANUS_HTTP_PORT: String(ports.managers[0]),
      ROOMCAST_MIXER_PORT: String(ports.mixers[0]),
      ROOMCAST_RTP_MIN: String(rtp.min),
      ROOMCAST_RTP_MAX: String(rtp.max),
    };
    await Promise.all([
      site.#run("near", PROCESSES.near),
      site.#run("media", PROCESSES.media),
    ]);
    return site;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.stop();
  }

  /** Starts one more mixer, `spare`, and has the first one hand its rooms over. */
  async move(): Promise<void> {
    const { min, max } = slicePorts(this.ports.rtp, 1, 2);
    const port = String(this.ports.mixers[1]);
    await this.#run("spare", ["mixer"], {
      ROOMCAST_MIXER_PORT: port,
      ROOMCAST_RTP_MIN: String(min),
      ROOMCAST_RTP_MAX: String(max),
    }, `http://127.0.0.1:${port}`);
    const etcd = connectEtcd([String(this.#env["ROOMCAST_ETCD"])]);
    const order = { orderedAt: Date.now(), deadlineS: 60 };
    await etcd.put(drainKey("mixer", "media")).value(JSON.stringify(order));
    etcd.close();
  }

  /** The lines that a process has logged. */
  async lines(process: ProcessName): Promise<Record<string, unknown>[]> {
    const text = await Deno.readTextFile(`${this.dir}/${process}.log`);
    const Line = z.record(z.string(), z.unknown());
    return text.split("\n").filter((line) => line !== "").map((line) =>
      Line.parse(JSON.parse(line))
    );
  }

  /** Takes in what is traced, and gives the settings that send it there. */
  #receiver(): Record<string, string> {
    const receiver = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const text = await request.text();
        if (new URL(request.url).pathname === "/v1/traces") this.#receive(JSON.parse(text));
        return Response.json({});
      },
    );
    this.#parts.add("receiver", { stop: () => receiver.shutdown() });
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.addr.port}`,
      OTEL_BSP_SCHEDULE_DELAY: "50",
    };
  }

  /** Starts a process, and waits until all its roles are ready. */
  async #run(
    name: string,
    roles: readonly Role[],
    env: Record<string, string> = {},
    ...urls: string[]
  ): Promise<void> {
    const logFile = `${this.dir}/${name}.log`;
    const settings = { ...this.#env, ROOMCAST_NODE_ID: name, ...env };
    const flags = ["run", ...flagsOfRoles(roles, settings), "--no-check", "--cached-only"];
    const process = await startProcess({
      name,
      command: Deno.execPath(),
      args: [...flags, "src/main.ts", "serve", ...roles],
      cwd: ROOT,
      env: { ...settings, OTEL_SERVICE_NAME: name },
      logFile,
      stopSignal: "SIGINT",
    });
    this.#parts.add(name, process);
    const asked = urls.length > 0 ? urls : roles.map((role) => this.urls[role]);
    const ready = async () => {
      const answers = await Promise.all(asked.map((url) => fetch(`${url}/readyz`)));
      await Promise.all(answers.map((answer) => answer.body?.cancel()));
      return answers.every(({ ok }) => ok);
    };
    await waitUntil(process, logFile, ready, START_LIMIT_MS);
  }

  #receive(json: unknown): void {
    for (const { resource, scopeSpans } of Traces.parse(json).resourceSpans) {
      const name = resource.attributes.find(({ key }) => key === "service.name");
      const service = String(name?.value["stringValue"]);
      this.spans.push(
        ...scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ service, ...span }))),
      );
    }
  }
}

/** Which roles are one process, by its name. */
export const PROCESSES = {
  near: ["users", "rooms", "gateway", "edge"],
  media: ["janus", "mixer"],
} as const;
export type ProcessName = keyof typeof PROCESSES;
export type Role = typeof PROCESSES[ProcessName][number];
