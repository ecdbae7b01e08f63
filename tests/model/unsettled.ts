import { bridgeRoom } from "../../src/contracts/janus.ts";
import { KEYS, roomKey, type RoomPart } from "../../src/contracts/keys.ts";
import type { LiveMeta, MixerObserved } from "../../src/contracts/room.ts";
import type { MixerNode } from "./mixer_node.ts";
import { ROOMS, type Site } from "./site.ts";

/** What is not yet as it must be when nothing happens any more (I2, I4, I5), in words. */
export function unsettled(site: Site): string[] {
  return [...ROOMS.flatMap((id) => unsettledRoom(site, id)), ...site.mixers.flatMap(leakedPorts)];
}

/** The part of a room as etcd has it. */
export function partOf<P extends RoomPart>(site: Site, id: string, part: P) {
  const entry = site.world.etcd.get(roomKey(id, part));
  return entry && KEYS[part].schema.parse(JSON.parse(entry.value));
}

/** How a room stands in etcd. */
export function standOf(site: Site, id: string): "absent" | "idle" | "live" {
  if (site.world.etcd.get(roomKey(id, "livemeta")) !== null) return "live";
  return site.world.etcd.get(roomKey(id, "meta")) === null ? "absent" : "idle";
}

function unsettledRoom(site: Site, id: string): string[] {
  const live = liveOf(site, id);
  return live === null ? leftOver(site, id) : notOnAir(site, id, live);
}

function liveOf(site: Site, id: string): LiveMeta | null {
  const entry = site.world.etcd.get(roomKey(id, "livemeta"));
  return entry && KEYS.livemeta.schema.parse(JSON.parse(entry.value));
}

function leftOver(site: Site, id: string): string[] {
  const { world, januses } = site;
  return [
    ...(["janus", "mixer", "standby"] as const)
      .filter((part) => world.etcd.get(roomKey(id, part)) !== null)
      .map((part) => `I5: ${roomKey(id, part)} is left of a room that is not live`),
    ...januses.filter(({ alive, janus }) => alive && janus.rooms.has(bridgeRoom(id)))
      .map((node) => `I5: ${id} is still on ${node.id}`),
    ...world.network.listeners().filter(({ roomId }) => roomId === id)
      .map(({ mixerId }) => `I2: ${mixerId} runs an FFmpeg for ${id}, which is not live`),
  ];
}

function notOnAir(site: Site, id: string, live: LiveMeta): string[] {
  const wrong: string[] = [];
  const wanted = [live.mixerId, ...(live.standbyId === null ? [] : [live.standbyId])];
  const mixers = wanted.map((mixerId) => site.mixers.find((mixer) => mixer.id === mixerId));
  const keys = [observed(site, id, "mixer"), observed(site, id, "standby")];
  const addresses: string[] = [];
  for (const [index, mixer] of mixers.entries()) {
    const key = keys[index] ?? null;
    const stream = [...mixer?.mixer?.streams() ?? []].find(([room]) => room === id)?.[1];
    if (mixer === undefined || !mixer.alive) {
      wrong.push(`I4: ${id} is on mixer ${wanted[index]}, which is dead`);
    } else if (stream === undefined) wrong.push(`I4: ${mixer.id} has no stream of ${id}`);
    else if (!stream.hearing) wrong.push(`I4: ${mixer.id} hears nothing of ${id}`);
    if (key?.mixerId !== mixer?.id || key?.epoch !== live.epoch || key?.status !== "on_air") {
      wrong.push(`I4: ${mixer?.id} does not say that ${id} is on air: ${JSON.stringify(key)}`);
    } else addresses.push(`${key.ip}:${key.port}`);
  }
  if (keys[1] && live.standbyId === null) wrong.push(`I5: /rooms/${id}/standby is nobody's`);
  for (const { mixerId } of site.world.network.listeners().filter(({ roomId }) => roomId === id)) {
    if (!wanted.includes(mixerId)) wrong.push(`I2: ${mixerId} runs an FFmpeg for ${id} still`);
  }
  return [...wrong, ...notForwarded(site, id, live, addresses)];
}

function notForwarded(site: Site, id: string, live: LiveMeta, addresses: string[]): string[] {
  const wrong: string[] = [];
  for (const node of site.januses) {
    const room = node.janus.rooms.get(bridgeRoom(id));
    if (node.id !== live.janusId) {
      if (room && node.alive) wrong.push(`I4: ${id} is still on ${node.id}`);
      continue;
    }
    if (!node.alive) wrong.push(`I4: ${id} is on ${node.id}, which is dead`);
    const sent = [...room?.values() ?? []].map(({ host, port }) => `${host}:${port}`);
    if (sent.sort().join() !== addresses.toSorted().join()) {
      wrong.push(`I4: ${node.id} forwards ${id} to [${sent}] instead of [${addresses}]`);
    }
    const entry = site.world.etcd.get(roomKey(id, "janus"));
    const said = entry && KEYS.janus.schema.parse(JSON.parse(entry.value));
    if (said?.epoch !== live.epoch || said.status !== "forwarding") {
      wrong.push(`I4: ${node.id} does not say that it forwards ${id}: ${entry?.value}`);
    }
  }
  return wrong;
}

function observed(site: Site, id: string, part: "mixer" | "standby"): MixerObserved | null {
  const entry = site.world.etcd.get(roomKey(id, part));
  return entry && KEYS[part].schema.parse(JSON.parse(entry.value));
}

function leakedPorts({ id, mixer, ports }: MixerNode): string[] {
  if (mixer === null || ports === null) return [];
  const streams = [...mixer.streams()].map(([, stream]) => stream.here.port);
  const used = new Set([...streams, ...ports.kept()]);
  return [...ports.leased].filter((port) => !used.has(port)).map((port) =>
    `I5: port ${port} of ${id} is leased to nobody`
  );
}
