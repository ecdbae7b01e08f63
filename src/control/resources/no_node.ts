import type { NodeKind } from "../../contracts/node.ts";
import { type Candidate, refusal } from "./pick.ts";

const NAMES = {
  janus: { one: "Janus node", many: "Janus nodes", none: "no Janus node is alive" },
  mixer: { one: "mixer", many: "mixers", none: "no mixer node is alive" },
} as const;

/** Says why no node of a kind takes a room: "2 mixers alive, 1 draining, 1 full". */
export function whyNoNode(kind: NodeKind, candidates: readonly Candidate[]): string {
  const { one, many, none } = NAMES[kind];
  if (candidates.length === 0) return none;
  const counts = Map.groupBy(candidates, refusal);
  const parts = (["suspected", "draining", "full"] as const).flatMap((why) => {
    const count = counts.get(why)?.length ?? 0;
    return count > 0 ? [`${count} ${why}`] : [];
  });
  const ill = counts.get("unhealthy") ?? [];
  if (ill.length > 0) {
    const reasons = new Set(ill.map(({ node }) => node.unhealthy));
    parts.push(`${ill.length} unhealthy (${[...reasons].slice(0, 3).join("; ")})`);
  }
  const alive = `${candidates.length} ${candidates.length === 1 ? one : many} alive`;
  return [alive, ...parts].join(", ");
}
