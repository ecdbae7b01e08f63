import type { Facts, Rule } from "./facts.ts";

export interface SettleOptions {
  readonly collect: () => Promise<Facts>;
  readonly rules: readonly Rule[];
  /** How long (ms) what is broken may take to be mended. */
  readonly limitMs: number;
}

/** How long (ms) between two looks. */
const EVERY_MS = 500;

/**
 * Looks until all rules hold at once.
 *
 * @returns What is broken still when the time is up; nothing when all is well.
 */
export async function settled({ collect, rules, limitMs }: SettleOptions): Promise<string[]> {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const broken = await look(collect, rules);
    if (broken.length === 0 || performance.now() > giveUpAt) return broken;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

async function look(
  collect: SettleOptions["collect"],
  rules: readonly Rule[],
): Promise<string[]> {
  try {
    const facts = await collect();
    return rules.flatMap((rule) => rule(facts));
  } catch (err) {
    return [`The facts could not be had: ${err instanceof Error ? err.message : String(err)}`];
  }
}
