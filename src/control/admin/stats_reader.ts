import { z } from "zod";
import type { AdminStats } from "../../contracts/admin.ts";
import { EDGE_STATS_KEYS, EDGE_STEP_MS, EdgeCard, EdgeSample } from "../../contracts/edge_stats.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { sumSamples } from "./sum_samples.ts";

/** How long (ms) after a step's end the slowest edge has written its sample. */
const STRAGGLER_MS = 2000;
/** How long (ms) an edge that writes no more counts as there. */
const GONE_MS = 3 * EDGE_STEP_MS;
/** How long (ms) one reading serves everybody who asks. */
const FRESH_MS = 1000;

const CardText = z.string().transform((text, context) => {
  try {
    return EdgeCard.parse(JSON.parse(text));
  } catch {
    context.addIssue("not an edge's card");
    return z.NEVER;
  }
});
const Entries = z.array(z.tuple([z.string(), z.tuple([z.literal("sample"), z.string()])]));

/** Reads what edges wrote of themselves. */
export class StatsReader {
  #last: { minutes: number; at: number; stats: Promise<AdminStats> } | null = null;

  /** @param now Unix time in ms. */
  constructor(private readonly redis: Redis, private readonly now: () => number = Date.now) {}

  /** @throws AppError `unavailable` when Redis is away. */
  read(minutes: number): Promise<AdminStats> {
    const at = this.now();
    if (this.#last?.minutes === minutes && at - this.#last.at < FRESH_MS) return this.#last.stats;
    const stats = this.#read(minutes);
    this.#last = { minutes, at, stats };
    stats.catch(() => this.#last = null);
    return stats;
  }

  async #read(minutes: number): Promise<AdminStats> {
    const now = this.now();
    const from = now - minutes * 60_000;
    const texts = await onRedis(() =>
      this.redis.zrangebyscore(EDGE_STATS_KEYS.edges, from, "+inf", "WITHSCORES")
    );
    const edges = pairs(texts).flatMap(([text, seenAt]) => {
      const card = CardText.safeParse(text);
      return card.success ? [{ ...card.data, seenAt: Number(seenAt) }] : [];
    });
    const pipeline = this.redis.pipeline();
    const until = now - EDGE_STEP_MS - STRAGGLER_MS;
    for (const { id } of edges) pipeline.xrange(EDGE_STATS_KEYS.samples(id), from, until);
    const answers = edges.length === 0 ? [] : await onRedis(() => pipeline.exec()) ?? [];
    const seen = edges.map((edge, index) => ({
      ...edge,
      here: now - edge.seenAt < GONE_MS,
      samples: samplesOf(answers[index]?.[1]),
    }));
    return sumSamples(EDGE_STEP_MS, seen);
  }
}

function samplesOf(answer: unknown): Map<number, EdgeSample> {
  const entries = Entries.safeParse(answer).data ?? [];
  return new Map(entries.flatMap(([id, [, text]]): [number, EdgeSample][] => {
    try {
      return [[Number(id.split("-")[0]), EdgeSample.parse(JSON.parse(text))]];
    } catch {
      return [];
    }
  }));
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from(
    { length: Math.floor(flat.length / 2) },
    (_, i) => [flat[2 * i] ?? "", flat[2 * i + 1] ?? ""],
  );
}
