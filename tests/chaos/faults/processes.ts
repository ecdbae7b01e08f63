import type { Fault, Scene } from "../fault.ts";

/** Names a process of the cluster by the room that is hit. */
type Which = (scene: Scene) => string;

const one = (name: string): Which => () => name;
const mixer: Which = ({ world, victim }) => world.record(victim.id).livemeta?.mixerId ?? "mixer-1";
const manager: Which = ({ world, victim }) =>
  world.record(victim.id).livemeta?.janusId ?? "janus-1";
const janus: Which = (scene) => manager(scene).replace("janus-", "janus-gateway-");
const anyOf = (...names: string[]): Which => ({ random }) => random.pick(names);

/** Every process: which one, and how long (ms) it is frozen when it hangs. */
const PROCESSES: readonly { name: string; which: Which; hangsMs: number }[] = [
  { name: "janus", which: janus, hangsMs: 10_000 },
  { name: "janus-manager", which: manager, hangsMs: 6000 },
  { name: "mixer", which: mixer, hangsMs: 6000 },
  { name: "gateway", which: anyOf("gateway-1", "gateway-2"), hangsMs: 6000 },
  { name: "edge", which: anyOf("edge-1", "edge-2"), hangsMs: 6000 },
  { name: "rooms", which: one("rooms"), hangsMs: 6000 },
  { name: "etcd", which: one("etcd"), hangsMs: 15_000 },
  { name: "redis", which: one("redis"), hangsMs: 6000 },
  { name: "nginx", which: one("nginx"), hangsMs: 3000 },
];
/** How long (ms) a killed process stays away: long enough that somebody else must take its work. */
const AWAY_MS = 6000;
/** The front door has nobody to take its work. */
const AWAY_AT_ONCE_MS = 0;

/** Each process killed, hung (frozen, then awake again) and restarted. */
export const processFaults: readonly Fault[] = PROCESSES.flatMap((process) => [
  {
    name: `${process.name}-kill`,
    lastsMs: process.name === "nginx" ? AWAY_AT_ONCE_MS : AWAY_MS,
    begin: async (scene) => {
      const hit = scene.world.cluster.process(process.which(scene));
      hit.kill("SIGKILL");
      await hit.ended();
      return () => hit.start();
    },
  },
  {
    name: `${process.name}-hang`,
    lastsMs: process.hangsMs,
    begin: (scene) => {
      const hit = scene.world.cluster.process(process.which(scene));
      hit.kill("SIGSTOP");
      return Promise.resolve(() => Promise.resolve(hit.kill("SIGCONT")));
    },
  },
  {
    name: `${process.name}-restart`,
    lastsMs: 0,
    begin: async (scene) => {
      await scene.world.cluster.process(process.which(scene)).restart();
      return () => Promise.resolve();
    },
  },
]);

/** How long (ms) an outage lasts. */
const OUTAGE_MS = 7 * 60_000;

/** A store that is away for long. */
export const outageFaults: readonly Fault[] = ["etcd", "redis"].map((name) => ({
  name: `${name}-outage`,
  lastsMs: OUTAGE_MS,
  begin: async ({ world: { cluster } }) => {
    const store = cluster.process(name);
    store.kill("SIGKILL");
    await store.ended();
    return () => store.start();
  },
}));

/** How long (ms) a node may take to hand its rooms over. */
const DRAIN_LIMIT_MS = 40_000;

/** A node asked to end in peace: it hands its rooms over first. */
export const drainFaults: readonly Fault[] = [
  { name: "mixer-drain", which: mixer },
  { name: "janus-manager-drain", which: manager },
].map(
  ({ name, which }): Fault => ({
    name,
    lastsMs: 0,
    begin: async (scene) => {
      const node = scene.world.cluster.process(which(scene));
      node.kill("SIGTERM");
      const late = Promise.withResolvers<"late">();
      const timer = setTimeout(() => late.resolve("late"), DRAIN_LIMIT_MS);
      const how = await Promise.race([node.ended(), late.promise]);
      clearTimeout(timer);
      await node.restart();
      if (how === "late") throw new Error(`${node.name} did not end after SIGTERM`);
      return () => Promise.resolve();
    },
  }),
);
