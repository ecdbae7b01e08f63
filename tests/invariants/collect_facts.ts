import type { Cluster } from "../../deploy/local/cluster.ts";
import type { PortRange } from "../../deploy/local/cluster_ports.ts";
import { roomOfBridge } from "../../src/contracts/janus.ts";
import { KEYS, parseRoomKey, ROOMS_PREFIX } from "../../src/contracts/keys.ts";
import type { RoomRecord } from "../../src/contracts/room.ts";
import { connectJanus } from "../../src/platform/janus/connect.ts";
import { listKeys } from "../support/etcd_api.ts";
import type { Facts, SeenFfmpeg, SeenForwarder } from "./facts.ts";

/**
 * Looks at a running cluster: etcd's keys, each Janus's rooms and forwarders, the process table, the bound ports and
 * the folders. A Janus that does not answer is left out.
 *
 * @param rtp The ports of all its mixers.
 * @throws Error when etcd does not answer.
 */
export async function collectFacts(cluster: Cluster, rtp: PortRange): Promise<Facts> {
  const januses = await Promise.all(
    cluster.janusUrls.map((url, index) => lookAtJanus(cluster, `janus-${index + 1}`, url)),
  );
  const answered = januses.filter((janus) => janus !== null);
  return {
    rooms: await readRooms(cluster.etcdUrl),
    januses: answered.map(({ janusId }) => janusId),
    bridgeRooms: answered.flatMap(({ janusId, rooms }) =>
      rooms.map((roomId) => ({ janusId, roomId }))
    ),
    forwarders: answered.flatMap(({ forwarders }) => forwarders),
    ffmpegs: findFfmpegs(cluster.dir),
    boundPorts: boundPorts(rtp),
    folders: await findFolders(cluster.dir),
  };
}

async function readRooms(etcdUrl: string): Promise<Map<string, RoomRecord>> {
  const rooms = new Map<string, RoomRecord>();
  for (const [key, value] of (await listKeys(etcdUrl, ROOMS_PREFIX)).entries) {
    const parsed = parseRoomKey(key);
    if (parsed === null) continue;
    const empty = { meta: null, livemeta: null, janus: null, mixer: null, standby: null };
    const part = KEYS[parsed.part].schema.parse(JSON.parse(value));
    rooms.set(parsed.id, { ...(rooms.get(parsed.id) ?? empty), [parsed.part]: part });
  }
  return rooms;
}

async function lookAtJanus(cluster: Cluster, janusId: string, url: string): Promise<
  { janusId: string; rooms: string[]; forwarders: SeenForwarder[] } | null
> {
  const { janusApiSecret: apiSecret, janusAdminKey: adminKey } = cluster.secrets;
  const janus = await connectJanus({ url, apiSecret, adminKey }).catch(() => null);
  if (janus === null) return null;
  try {
    const bridge = await janus.bridge();
    const rooms: string[] = [];
    const forwarders: SeenForwarder[] = [];
    for (const name of await bridge.listRooms()) {
      const roomId = roomOfBridge(name);
      if (roomId === null) continue;
      rooms.push(roomId);
      for (const { host, port } of await bridge.listForwarders(name)) {
        forwarders.push({ janusId, roomId, host, port });
      }
    }
    return { janusId, rooms, forwarders };
  } catch {
    return null;
  } finally {
    await janus.stop();
  }
}

/** The FFmpeg processes that write below the cluster's folder, found by their command lines. */
function findFfmpegs(dir: string): SeenFfmpeg[] {
  const folder = new RegExp(`${RegExp.escape(dir)}/data/[^/]+/hls/([^/]+)/([a-z0-9]+)/`);
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, mixerId, liveId] = folder.exec(Deno.readTextFileSync(`/proc/${name}/cmdline`)) ?? [];
      return mixerId && liveId ? [{ pid: Number(name), mixerId, liveId }] : [];
    } catch {
      return [];
    }
  });
}

/** The ports of a range that any process of this machine has bound (proc(5), net/udp). */
function boundPorts({ min, max }: PortRange): number[] {
  const table = Deno.readTextFileSync("/proc/net/udp");
  const ports = [...table.matchAll(/^\s*\d+: \w+:(\w{4}) /gm)].map(([, hex]) =>
    parseInt(hex ?? "0", 16)
  );
  return [...new Set(ports)].filter((port) => port >= min && port <= max);
}

async function findFolders(dir: string): Promise<{ mixerId: string; liveId: string }[]> {
  const found: { mixerId: string; liveId: string }[] = [];
  for await (const node of Deno.readDir(`${dir}/data`)) {
    const folder = `${dir}/data/${node.name}/hls/${node.name}`;
    try {
      for await (const { name } of Deno.readDir(folder)) {
        found.push({ mixerId: node.name, liveId: name });
      }
    } catch { /* it is no mixer */ }
  }
  return found;
}
