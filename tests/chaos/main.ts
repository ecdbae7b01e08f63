/**
 * Chaos: a small real cluster with live rooms, each with its own tone, to which faults happen in random order, while
 * strict listeners measure what comes out. The same seed gives the same order.
 *
 *     CHAOS_SEED=7 CHAOS_MINUTES=10 CHAOS_FAULTS=mixer-kill,etcd-hang deno task test:chaos
 */
import { z } from "zod";
import { buildPages } from "../../deploy/dev/pages.ts";
import { freeClusterPorts } from "../../deploy/local/cluster_ports.ts";
import { round, say } from "../bench/support.ts";
import type { Fault } from "./fault.ts";
import { FAULTS, faultsNamed } from "./faults/all.ts";
import { Random } from "./random.ts";
import { runFaults } from "./run.ts";
import { summarize, table } from "./summary.ts";
import { CLUSTER, World } from "./world.ts";

const Settings = z.object({
  CHAOS_SEED: z.coerce.number().int().nonnegative().default(() => Date.now() % 1_000_000),
  CHAOS_MINUTES: z.coerce.number().positive().default(5),
  CHAOS_FAULTS: z.string().default("").transform((text) => text.split(",").filter(Boolean)),
  CHAOS_STUDIOS: z.coerce.number().int().min(0).max(3).default(2),
});

const settings = Settings.parse(Deno.env.toObject());
const { CHAOS_SEED: seed, CHAOS_MINUTES: minutes } = settings;
const faults = settings.CHAOS_FAULTS.length > 0 ? faultsNamed(settings.CHAOS_FAULTS) : FAULTS;
const random = new Random(seed);
say(`seed ${seed}, ${minutes} minutes, ${faults.length} faults`);

await buildPages(say);
const dir = await Deno.makeTempDir({ prefix: "roomcast-chaos-" });
const ports = freeClusterPorts(CLUSTER);
const world = await World.start({ dir, ports, studios: settings.CHAOS_STUDIOS, senders: 3, say });
const begun = performance.now();
const strikes = await runFaults({
  world,
  random,
  next: dealer(() => performance.now() - begun < minutes * 60_000),
  say: (line) => say(`${new Date().toISOString().slice(11, 19)} ${line}`),
});
await world.stop();
const { rows, ...counts } = summarize(strikes);
const sound = Object.values(counts).every((count) => count === 0);
if (sound) await Deno.remove(dir, { recursive: true });
else say(`The logs are in ${dir}/logs`);
for (const line of table(rows)) say(line);
say(JSON.stringify({
  seed,
  minutes: round((performance.now() - begun) / 60_000, 1),
  faults: rows.map(({ fault, times, stallMaxS, silenceMaxS, rejoinMaxS }) => ({
    ...{ fault, times, stallMaxS, silenceMaxS, rejoinMaxS },
  })),
  ...counts,
}));
Deno.exit(sound ? 0 : 1);

/** Deals all faults in random order, again and again, until the time is up. */
function dealer(goesOn: () => boolean): () => Fault | null {
  let deck: Fault[] = [];
  return () => {
    if (!goesOn()) return null;
    if (deck.length === 0) deck = random.shuffle(faults);
    return deck.pop() ?? null;
  };
}
