import { DrainStore } from "../../coordination/drains.ts";
import { connectEtcd, EtcdStore } from "../../coordination/etcd.ts";
import { etcdAccess } from "../../coordination/etcd_access.ts";
import { NodeStore } from "../../coordination/nodes.ts";
import { Reconciler } from "../../coordination/reconciler.ts";
import { RoomStore } from "../../coordination/rooms.ts";
import { RoomId } from "../../contracts/ids.ts";
import type { NodeInfo } from "../../contracts/node.ts";
import { checkMetrics, healthOf } from "../../platform/checks.ts";
import { createApp, serveHttp } from "../../platform/http.ts";
import { Lifecycle } from "../../platform/lifecycle.ts";
import { traceBinding } from "../../platform/log.ts";
import type { RoleContext, RunningRole } from "../../platform/role.ts";
import { VERSION } from "../../platform/version.ts";
import { type Heartbeat, startHeartbeat } from "../../workers/heartbeat_client.ts";
import { PortPoolClient } from "../../workers/port_pool_client.ts";
import { MediaWall } from "../../hls/media_wall.ts";
import { initSegment } from "../../hls/mp4.ts";
import { serveOrigin } from "./origin.ts";
import { Rounds } from "../../hls/rounds.ts";
import { SILENCE } from "../../hls/silence.ts";
import { ENCODING } from "./encoding.ts";
import { emptied } from "../emptied.ts";
import { FfmpegCheck } from "./ffmpeg_check.ts";
import { mixerFolders } from "./folders.ts";
import { leftovers, leftPorts } from "./leftovers.ts";
import { Mixer } from "./mixer.ts";
import { mixerMetrics } from "./mixer_metrics.ts";
import { portsLeft } from "./ports_left.ts";
import { QuietPorts } from "./quiet_ports.ts";
import { roleOf } from "./room_keys.ts";
import { RoomStream } from "./room_stream.ts";
import { newSrtpKey } from "./srtp_key.ts";
import { Sweep } from "./sweep.ts";

/** How often (ms) every room is looked at again, and whether anything was left behind. */
const SWEEP_MS = 30_000;

/** Starts the mixer: RTP in, HLS out, for the rooms placed on this node. */
export async function startMixer({ config, log }: RoleContext): Promise<RunningRole> {
  const parts = new Lifecycle(log);
  try {
    return await start(parts, { config, log });
  } catch (err) {
    await parts.stop();
    throw err;
  }
}

async function start(parts: Lifecycle, { config, log }: RoleContext): Promise<RunningRole> {
  const mixerId = config.ROOMCAST_NODE_ID;
  const ip = config.ROOMCAST_ADVERTISE;
  const folders = await mixerFolders(config, log);
  const hosted: { mixer?: Mixer<RoomStream>; heartbeat?: Heartbeat; draining: boolean } = {
    draining: false,
  };
  const belongings = () => {
    const streams = hosted.mixer?.kept() ?? [];
    return {
      ffmpegPids: streams.flatMap(({ ffmpegPid }) => ffmpegPid ?? []),
      pipes: streams.map(({ pipePath }) => pipePath),
      liveIds: streams.map(({ here }) => here.liveId),
    };
  };
  const onDisk = leftovers({ ffmpeg: config.ROOMCAST_FFMPEG, ...folders, belongings });
  // What an earlier mixer of this name left.
  await new Sweep(onDisk, log).round({ atOnce: true });
  const store = parts.add("etcd", new EtcdStore(connectEtcd(etcdAccess(config))));
  const rooms = parts.add("rooms", new RoomStore({ store, log }));
  const nodes = parts.add("nodes", new NodeStore({ store, log }));
  const drains = parts.add("drain orders", new DrainStore({ store, log }));
  const ffmpeg = new FfmpegCheck(config.ROOMCAST_FFMPEG);
  await Promise.all([rooms.start(), nodes.start(), drains.start(), ffmpeg.look()]);
  const inherited = portsLeft(rooms, mixerId);
  const pool = parts.add(
    "port pool",
    new PortPoolClient({
      host: ip,
      min: config.ROOMCAST_RTP_MIN,
      max: config.ROOMCAST_RTP_MAX,
      held: [...inherited.values()],
      log,
    }),
  );
  const ports = parts.add("quiet ports", new QuietPorts({ pool, nodes }));
  const wall = new MediaWall({
    wallNow: () => Date.now(),
    monotonicNow: () => performance.now(),
  });
  const health = healthOf("mixer", {
    etcd: () => rooms.unhealthy(),
    lease: () => hosted.heartbeat?.unhealthy() ?? (hosted.heartbeat ? null : "not announced yet"),
    port_pool: () => pool.unhealthy(),
    ffmpeg: () => ffmpeg.look(),
  });
  parts.add("checks", checkMetrics(health));
  const app = createApp(log, health);
  serveOrigin(app, {
    find: (room, liveId) => hosted.mixer?.find(room, liveId) ?? null,
    initSegment: initSegment(ENCODING),
    bitrate: ENCODING.bitrate,
  });
  app.get("/streams", (c) => c.json([...hosted.mixer?.streams() ?? []].map(describe)));
  const server = parts.add(
    "origin",
    serveHttp({ hostname: config.ROOMCAST_BIND, port: config.ROOMCAST_MIXER_PORT }, app.fetch),
  );
  const origin = `http://${ip}:${server.port}`;
  const shared = {
    ffmpeg: config.ROOMCAST_FFMPEG,
    host: ip,
    ...folders,
    silence: SILENCE,
    now: () => wall.now(),
    rounds: new Rounds(),
  };
  const mixer = parts.add(
    "mixer",
    new Mixer({
      ...{ mixerId, ip, origin, rooms, nodes, pool: ports, inherited, log },
      begin: (order) =>
        RoomStream.begin(order, {
          ...shared,
          log: log.child({
            room: order.roomId,
            epoch: order.livemeta.epoch,
            ...traceBinding(order.livemeta.traceparent),
          }),
          onChange: () => reconciler.enqueue(order.roomId),
        }),
      ...(config.ROOMCAST_RTP_SRTP ? { newKey: newSrtpKey } : {}),
      onLoad: () => hosted.heartbeat?.refresh(),
    }),
  );
  const reconciler = parts.add(
    "reconciler",
    new Reconciler({
      reconcile: (id) => mixer.reconcile(RoomId.parse(id)),
      live: (id) => rooms.get(id).livemeta,
      log,
    }),
  );
  rooms.onChange((id) => reconciler.enqueue(id));
  for (const id of rooms.ids()) reconciler.enqueue(id);
  hosted.mixer = mixer;
  const { ROOMCAST_RTP_MIN: min, ROOMCAST_RTP_MAX: max } = config;
  const measured = mixerMetrics({
    streams: () => [...mixer.streams()].map(([, stream]) => stream),
    poolSize: Math.floor((max - min + 1) / 2),
    leased: () => pool.leased,
    quiet: () => ports.kept().length,
  });
  parts.add("metrics", measured);
  const portsInUse = () => [...mixer.ports(), ...ports.kept()];
  const sweep = new Sweep([...onDisk, leftPorts(pool, portsInUse)], log);
  const timer = setInterval(() => {
    void sweep.round();
    void ffmpeg.look();
    for (const id of rooms.ids()) reconciler.enqueue(id);
    for (const [id] of mixer.streams()) reconciler.enqueue(id);
  }, SWEEP_MS);
  parts.add("sweep", { stop: () => Promise.resolve(clearInterval(timer)) });
  const startedAt = Date.now();
  const heartbeat = await startHeartbeat({
    etcd: etcdAccess(config),
    log,
    info: (): NodeInfo => ({
      id: mixerId,
      kind: "mixer",
      version: VERSION,
      url: origin,
      capacity: config.ROOMCAST_MIXER_CAPACITY,
      load: mixer.load,
      draining: hosted.draining || drains.get("mixer", mixerId) !== null,
      unhealthy: ffmpeg.reason,
      startedAt,
    }),
  });
  hosted.heartbeat = parts.add("heartbeat", heartbeat);
  drains.onChange(() => heartbeat.refresh());
  const isNamed = (id: RoomId) => roleOf(rooms.get(id).livemeta, mixerId) !== null;
  return {
    url: origin,
    drain: async (limitMs) => {
      hosted.draining = true;
      heartbeat.refresh();
      await emptied(() => mixer.load === 0 && !rooms.ids().some(isNamed), limitMs);
    },
    stop: () => parts.stop(),
  };
}

/** A stream as `GET /streams` shows it to operators. */
function describe([roomId, stream]: [string, RoomStream]) {
  const { liveId, epoch } = stream.livemeta;
  return {
    roomId,
    liveId,
    epoch,
    port: stream.here.port,
    ffmpegPid: stream.ffmpegPid,
    ffmpegRestarts: stream.ffmpegRestarts,
    flowing: stream.live.flowing,
    frames: stream.live.counts,
  };
}
