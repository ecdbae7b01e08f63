import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { startEtcd } from "../../deploy/local/etcd.ts";
import { type LocalJanus, startJanus } from "../../deploy/local/janus.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { startRole } from "../../deploy/local/role_process.ts";
import { type LocalRedis, startRedis } from "../../deploy/local/redis.ts";
import { bridgeRoom } from "../../src/contracts/janus.ts";
import { nodeKey } from "../../src/contracts/keys.ts";
import type { NodeInfo } from "../../src/contracts/node.ts";
import type { LiveMeta, RoomMeta } from "../../src/contracts/room.ts";
import { type Role, TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../src/contracts/users.ts";
import { connectEtcd, EtcdStore } from "../../src/coordination/etcd.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import { startGateway } from "../../src/gateway/signaling/role.ts";
import { readConfig } from "../../src/platform/config.ts";
import { connectJanus } from "../../src/platform/janus/connect.ts";
import { createLog, silentLog } from "../../src/platform/log.ts";
import { connectRedis } from "../../src/platform/redis.ts";
import type { RunningRole } from "../../src/platform/role.ts";
import { Page } from "./gateway_page.ts";

export const JANUS_SECRETS = { apiSecret: "api-secret", adminKey: "admin-key" };
export const ORIGIN = "https://rooms.example";

/** An offer as Chromium makes it for a microphone. */
export const OFFER = await Deno.readTextFile(new URL("./gateway_offer.sdp", import.meta.url));

export type GatewayRig = Awaited<ReturnType<typeof startGatewayRig>>;

/** A gateway with a real etcd, Redis and Janus; the test plays the Janus Manager and the User Service. */
export async function startGatewayRig(options: { parkMs?: number; reclaimS?: number } = {}) {
  const { parkMs = 600, reclaimS = 2 } = options;
  const dir = await Deno.makeTempDir({ prefix: "roomcast-gateway-" });
  const rtpMin = 21_500 + (Deno.pid % 50) * 20;
  const wsPort = freePort();
  const redisPort = freePort();
  const bootJanus = (): Promise<LocalJanus> =>
    startJanus({
      ...JANUS_SECRETS,
      dir: `${dir}/janus`,
      wsPort,
      rtpMin,
      rtpMax: rtpMin + 19,
      logFile: `${dir}/janus.log`,
      reclaimS,
    });
  const bootRedis = (): Promise<LocalRedis> =>
    startRedis({ dir: `${dir}/redis`, port: redisPort, logFile: `${dir}/redis.log` });
  const bootEtcd = startEtcd({
    dir: `${dir}/etcd`,
    clientPort: freePort(),
    peerPort: freePort(),
    logFile: `${dir}/etcd.log`,
  });
  const [etcd, firstRedis, firstJanus] = await Promise.all([bootEtcd, bootRedis(), bootJanus()]);
  let [redis, janus] = [firstRedis, firstJanus];

  const client = connectEtcd([etcd.url]);
  const store = new EtcdStore(client);
  const rooms = new RoomStore({ store, log: silentLog() });
  await rooms.start();
  const node: NodeInfo = {
    id: "j1",
    kind: "janus",
    version: "0",
    url: janus.url,
    capacity: 10,
    load: 0,
    draining: false,
    unhealthy: null,
    startedAt: 1,
  };
  await client.put(nodeKey("janus", "j1")).value(JSON.stringify(node));
  // Draining: they stand behind rooms that are live, and take no new ones.
  for (const id of ["m1", "m2"]) {
    const url = "http://127.0.0.1:1";
    const mixer: NodeInfo = { ...node, id, kind: "mixer", url, draining: true };
    await client.put(nodeKey("mixer", id)).value(JSON.stringify(mixer));
  }

  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const jwk = { ...await exportJWK(publicKey), kid: "k1", alg: "EdDSA", use: "sig" };
  const users = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ keys: [jwk] }),
  );
  const gateways: RunningRole[] = [];
  const settings = {
    ROOMCAST_ETCD: etcd.url,
    ROOMCAST_REDIS: redis.url,
    ROOMCAST_GATEWAY_PORT: "0",
    ROOMCAST_USERS_URL: `http://127.0.0.1:${users.addr.port}`,
    ROOMCAST_ORIGINS: ORIGIN,
    ROOMCAST_ROOMS_URL: `http://127.0.0.1:${freePort()}`,
    ROOMCAST_JANUS_API_SECRET: JANUS_SECRETS.apiSecret,
    ROOMCAST_SEAT_PARK_MS: String(parkMs),
  };
  const startOne = async (change: Record<string, string> = {}): Promise<string> => {
    const log = createLog(Deno.env.get("ROOMCAST_TEST_LOG") ?? "silent");
    const gateway = await startGateway({ config: readConfig({ ...settings, ...change }), log });
    gateways.push(gateway);
    return gateway.url ?? "";
  };
  const url = await startOne();

  const rig = {
    url,
    rooms,
    settings,
    client,
    startOne,
    /** A gateway in a process of its own, which can be killed. */
    startProcess: async (name: string) => {
      const port = freePort();
      const at = `http://127.0.0.1:${port}`;
      const env = { ...settings, ROOMCAST_NODE_ID: name, ROOMCAST_GATEWAY_PORT: String(port) };
      const process = await startRole(
        { name, role: "gateway", url: at, env },
        { etcdUrl: etcd.url, logFile: `${dir}/${name}.log`, env: {} },
      );
      return { ...process, url: at };
    },
    stopGateway: (at: string) => gateways.find((gateway) => gateway.url === at)?.stop(),
    connectRedis: () => connectRedis(redis.url, silentLog()),
    token: (sub: string, role: Role = "user", lifetime: string | number = "5m") =>
      new SignJWT({ name: `Name of ${sub}`, role })
        .setProtectedHeader({ alg: "EdDSA", kid: "k1" })
        .setSubject(sub).setIssuer(TOKEN_ISSUER).setAudience(TOKEN_AUDIENCE)
        .setIssuedAt().setExpirationTime(lifetime).sign(privateKey),
    /** A page that somebody opened. */
    page: async (sub: string, at = url) =>
      await new Page(at, { token: await rig.token(sub), origin: ORIGIN }).opened(),
    /** A room that exists, as the Room Manager writes it. */
    createRoom: async (id: string, change: Partial<RoomMeta> = {}) => {
      const meta = { ...META, id, ...change };
      await rooms.write(id, { meta: 0n }, { meta });
    },
    /** Sets a room live, as the Room Manager and the Janus Manager do. */
    goLive: async (id: string, change: Partial<LiveMeta> = {}) => {
      const { revisions } = await rooms.read(id);
      const livemeta = { ...LIVE, startedAt: Date.now(), ...change };
      await rooms.write(id, { livemeta: revisions.livemeta }, { livemeta });
      await rig.createBridge(id, livemeta.epoch);
    },
    createBridge: async (id: string, epoch = 1) => {
      await rig.onBridge((bridge) => bridge.ensureRoom(bridgeRoom(id)));
      const { revisions } = await rooms.read(id);
      const janus = { epoch, janusId: "j1", status: "room_created" as const, forwarders: [] };
      await rooms.write(id, { janus: revisions.janus }, { janus });
    },
    liveRoom: async (id: string, change: Partial<RoomMeta> = {}) => {
      await rig.createRoom(id, change);
      await rig.goLive(id);
    },
    stopRoom: async (id: string) => {
      const { revisions } = await rooms.read(id);
      await rooms.write(id, { livemeta: revisions.livemeta }, { livemeta: null });
    },
    onBridge: async <T>(
      use: (
        bridge: Awaited<ReturnType<Awaited<ReturnType<typeof connectJanus>>["bridge"]>>,
      ) => Promise<T>,
    ): Promise<T> => {
      const connection = await connectJanus({ url: janus.url, ...JANUS_SECRETS });
      try {
        return await use(await connection.bridge());
      } finally {
        await connection.stop();
      }
    },
    janus: () => janus,
    redis: () => redis,
    killRedis: async () => {
      redis.kill("SIGKILL");
      await redis.ended;
    },
    reviveRedis: async () => {
      redis = await bootRedis();
    },
    restartJanus: async () => {
      janus.kill("SIGKILL");
      await janus.ended;
      janus = await bootJanus();
    },
    stop: async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await users.shutdown();
      await rooms.stop();
      await store.stop();
      await Promise.all([etcd.stop(), redis.stop(), janus.stop()]);
      await Deno.remove(dir, { recursive: true });
    },
  };
  return rig;
}

const META: RoomMeta = {
  id: "room",
  title: "A room",
  owner: { id: "host", name: "Host" },
  pinHash: null,
  createdAt: 1_700_000_000_000,
  epoch: 1,
  lives: 1,
  nextMediaSequence: 0,
  redundancy: 1,
  access: "open",
};

const LIVE: LiveMeta = {
  status: "onair",
  epoch: 1,
  liveId: "livelive1",
  live: 1,
  startedAt: 1,
  mediaSequence: 0,
  partFrames: 10,
  janusId: "j1",
  mixerId: "m1",
  standbyId: null,
};
