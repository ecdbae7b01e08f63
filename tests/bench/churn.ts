/**
 * Whether starts and stops leave anything behind: the same room again and again, then many rooms at random, then a look
 * at everything there is, 60 s after the last stop at the latest.
 */
import { freeClusterPorts } from "../../deploy/local/cluster_ports.ts";
import { collectFacts } from "../invariants/collect_facts.ts";
import type { Facts } from "../invariants/facts.ts";
import { Caller, numberArgument, runBench, say } from "./support.ts";

const times = numberArgument("times", 100);
const rooms = numberArgument("rooms", 20);
const steps = numberArgument("steps", 100);
/** How many calls about rooms at random are under way at once. */
const AT_ONCE = 3;
const COUNTS = { gateways: 1, edges: 1, mixers: 2, januses: 2 };
/** How long (ms) all may take to be free. */
const FREE_LIMIT_MS = 60_000;

const ports = freeClusterPorts(COUNTS);

await runBench({ ...COUNTS, ports }, async (cluster) => {
  const caller = await Caller.guest(cluster.url);
  const counts = { starts: 0, failed: 0 };
  const start = async (id: string) => {
    counts.starts += 1;
    try {
      await caller.start(id);
      await caller.until(id, "on_air");
    } catch (err) {
      counts.failed += 1;
      say(`${id}: ${err instanceof Error ? err.message : err}`);
    }
  };
  await caller.createRoom("churn-same");
  for (let i = 1; i <= times; i++) {
    await start("churn-same");
    await caller.stop("churn-same");
    if (i % 10 === 0) say(`the same room: ${i}/${times}`);
  }
  const others = Array.from({ length: rooms }, (_, index) => `churn-${index}`);
  for (const id of others) await caller.createRoom(id);
  await startAndStop(others, start, (id) => caller.stop(id));
  for (const id of others) await caller.stop(id);
  return { ...counts, ...await leaks(() => collectFacts(cluster, ports.rtp)) };
});

/** Starts what is idle and stops what is live, at random, several at once; never two calls about one room. */
async function startAndStop(
  ids: readonly string[],
  start: (id: string) => Promise<void>,
  stop: (id: string) => Promise<unknown>,
): Promise<void> {
  const live = new Set<string>();
  const busy = new Set<string>();
  let [left, done] = [steps, 0];
  const one = async () => {
    while (left > 0) {
      left -= 1;
      const free = ids.filter((id) => !busy.has(id));
      const id = free[Math.floor(Math.random() * free.length)];
      if (id === undefined) continue;
      busy.add(id);
      if (live.delete(id)) await stop(id);
      else {
        await start(id);
        live.add(id);
      }
      busy.delete(id);
      done += 1;
      if (done % 10 === 0) say(`${ids.length} rooms: ${done}/${steps}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/** What is left when no room is live. */
async function leaks(look: () => Promise<Facts>): Promise<Record<string, number>> {
  const giveUpAt = performance.now() + FREE_LIMIT_MS;
  for (;;) {
    const facts = await look();
    const left = {
      leakedProcesses: facts.ffmpegs.length,
      leakedPorts: facts.boundPorts.length,
      leakedForwarders: facts.forwarders.length + facts.bridgeRooms.length,
      leakedKeys: [...facts.rooms.values()].flatMap((room) =>
        [room.livemeta, room.janus, room.mixer, room.standby].filter((part) =>
          part !== null
        )
      ).length,
    };
    const clean = Object.values(left).every((count) => count === 0);
    if (clean || performance.now() > giveUpAt) return left;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
