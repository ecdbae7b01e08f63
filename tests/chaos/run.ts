import { collectFacts } from "../invariants/collect_facts.ts";
import type { Rule } from "../invariants/facts.ts";
import {
  asPromised,
  everythingFreed,
  forwardersAsWanted,
  oneFfmpegPerStream,
  oneSenderPerPort,
} from "../invariants/rules.ts";
import { StreamLog } from "../invariants/stream_log.ts";
import type { Fault } from "./fault.ts";
import type { Random } from "./random.ts";
import { type Strike, strike } from "./strike.ts";
import type { World } from "./world.ts";

export interface RunOptions {
  readonly world: World;
  /** Gives the next fault, or null at the end. */
  readonly next: () => Fault | null;
  readonly random: Random;
  readonly say: (line: string) => void;
}

/** Lets faults happen, one after the other, and checks everything after each. */
export async function runFaults(options: RunOptions): Promise<Strike[]> {
  const { world, next, random, say } = options;
  const streams = new StreamLog();
  const rules: Rule[] = [
    oneSenderPerPort,
    oneFfmpegPerStream,
    forwardersAsWanted,
    everythingFreed,
    asPromised(world.ledger.rooms),
  ];
  const collect = () => collectFacts(world.cluster, world.rtp);
  const strikes: Strike[] = [];
  for (let fault = next(); fault !== null; fault = next()) {
    const { name, hits = () => true, missing = () => null } = fault;
    // Drawn always, so that a seed means the same whatever can be had here.
    const victims = random.shuffle(world.rooms);
    const why = missing();
    if (why !== null) {
      say(`${name}: left out, ${why}`);
      continue;
    }
    const victim = victims.find((room) => hits(room, world));
    if (victim === undefined) {
      say(`${name}: left out, no room is where it would be felt`);
      continue;
    }
    const done = await strike({ world, fault, victim, random, streams, collect, rules });
    strikes.push(done);
    for (const line of describe(done)) say(line);
  }
  return strikes;
}

function describe({ fault, victim, suffered, invariantBreaks }: Strike): string[] {
  const rooms = suffered.map(({ room, hit, stallS, silenceS, rejoinS }) =>
    `${hit ? "*" : ""}${room.id} stall ${stallS.toFixed(2)} silence ${silenceS.toFixed(2)}` +
    (rejoinS === null ? "" : ` rejoin ${rejoinS.toFixed(2)}`)
  );
  return [
    `${fault} at ${victim}: ${rooms.join("; ")}`,
    ...suffered.flatMap(({ room, wrongRoomS, brokenRules }) => [
      ...(wrongRoomS > 0 ? [`  ${room.id} heard ${wrongRoomS.toFixed(2)} s of another tone`] : []),
      ...brokenRules.map((rule) => `  ${room.id}: ${rule}`),
    ]),
    ...invariantBreaks.map((broken) => `  ${broken}`),
  ];
}
