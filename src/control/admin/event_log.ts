import { z } from "zod";
import {
  AdminEvent,
  AdminEventId,
  type AdminEvents,
  NewAdminEvent,
} from "../../contracts/admin_events.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { adminKeys } from "./redis_keys.ts";

/** About how many events are kept: a busy day of a large site. */
export const KEPT_EVENTS = 10_000;
/** How long (s) it is remembered that an event was written: longer than any write is tried again. */
const SAID_TTL_S = 3600;

/** Writes an event once, however often the same write is tried. */
const APPEND = `
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[3]) then return false end
return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'event', ARGV[1])`;

const StreamEntries = z.array(z.tuple([AdminEventId, z.array(z.string())]));
const StreamInfo = z.array(z.unknown());
const FirstEntry = z.tuple([AdminEventId, z.unknown()]);

/**
 * The live event log: one stream in Redis for the whole site, so that every Room Manager tells the same story under the same
 * ids, also after a restart. Every method throws `unavailable` when Redis is away.
 */
export class EventLog {
  /** @param kept About how many events are kept. */
  constructor(private readonly redis: Redis, private readonly kept = KEPT_EVENTS) {}

  /** @param uid Names this event; one that was written under it before is not written again. */
  async append(event: NewAdminEvent, uid: string): Promise<void> {
    await onRedis(() =>
      this.redis.eval(
        APPEND,
        2,
        adminKeys.events,
        adminKeys.said(uid),
        JSON.stringify(NewAdminEvent.parse(event)),
        this.kept,
        SAID_TTL_S,
      )
    );
  }

  /** The newest events, the oldest of them first. */
  async newest(limit: number): Promise<AdminEvents> {
    const entries = await onRedis(() =>
      this.redis.xrevrange(adminKeys.events, "+", "-", "COUNT", limit)
    );
    const oldestFirst = entries.toReversed();
    return { events: parse(oldestFirst), lastId: lastIdOf(oldestFirst), gap: false };
  }

  /** The events that came after one; the newest when the log knows of nothing so late, for then it is another log. */
  async after(id: string, limit: number): Promise<AdminEvents> {
    const entries = await onRedis(() =>
      this.redis.xrange(adminKeys.events, `(${id}`, "+", "COUNT", limit)
    );
    const events = parse(entries);
    const { trimmed, oldest, newest } = await this.#extent();
    if (compareIds(id, newest) > 0) return { ...await this.newest(limit), gap: true };
    const gap = trimmed && compareIds(id, oldest) < 0 && id !== "0-0";
    return { events, lastId: lastIdOf(entries) ?? id, gap };
  }

  /** The ends of the log, and whether it has lost any since it began. */
  async #extent(): Promise<{ trimmed: boolean; oldest: string; newest: string }> {
    if (await onRedis(() => this.redis.exists(adminKeys.events)) === 0) {
      return { trimmed: false, oldest: "0-0", newest: "0-0" };
    }
    const flat = StreamInfo.parse(
      await onRedis(() => this.redis.call("XINFO", "STREAM", adminKeys.events)),
    );
    const under = (name: string) => flat[flat.indexOf(name) + 1];
    return {
      trimmed: Number(under("entries-added")) > Number(under("length")),
      oldest: FirstEntry.safeParse(under("first-entry")).data?.[0] ?? "0-0",
      newest: AdminEventId.safeParse(under("last-generated-id")).data ?? "0-0",
    };
  }
}

/** Below 0 when the first event came before the second, above when after. */
export function compareIds(a: string, b: string): number {
  const [aMs = 0, aSeq = 0] = a.split("-").map(Number);
  const [bMs = 0, bSeq = 0] = b.split("-").map(Number);
  return aMs - bMs || aSeq - bSeq;
}

function lastIdOf(entries: unknown): string | null {
  return StreamEntries.parse(entries).at(-1)?.[0] ?? null;
}

/** What cannot be read is left out: a Room Manager of another version may have written it. */
function parse(entries: unknown): AdminEvent[] {
  return StreamEntries.parse(entries).flatMap(([id, [, text = ""]]) => {
    const at = new Date(Number(id.split("-")[0])).toISOString();
    const event = AdminEvent.safeParse({ ...readJson(text), id, at });
    return event.success ? [event.data] : [];
  });
}

function readJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
