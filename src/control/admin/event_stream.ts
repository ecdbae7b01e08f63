import type { Context, Hono } from "hono";
import { ADMIN_OPERATIONS } from "../../contracts/admin.ts";
import type { AdminEvent, AdminEvents } from "../../contracts/admin_events.ts";
import { parseOrThrow } from "../../contracts/jsonrpc.ts";
import { sleep } from "../../platform/backoff.ts";
import { admittedCaller, type Door } from "../rooms/door.ts";
import type { AdminService } from "./admin_service.ts";
import type { EventFeed } from "./event_feed.ts";

/** How often (ms) a stream without news says that it is alive; proxies close what is silent for 15 s. */
const HEARTBEAT_MS = 8000;
/** How many events are written at once. */
const BATCH = 200;
/** When (ms) a reader that was cut off should come back. */
const RETRY_MS = 2000;

export interface EventStreamOptions {
  readonly admin: Pick<AdminService, "allow" | "events">;
  readonly feed: EventFeed;
  readonly door: Door;
}

/**
 * Gives `admin.events` as server-sent events to whoever accepts them: first what came after `Last-Event-ID` (or `after`; or
 * else the newest), then what comes. The stream ends with its access token and with its reader's being an admin: who comes
 * back with the last id misses nothing.
 */
export function mountEventStream(app: Hono, options: EventStreamOptions): void {
  app.get(ADMIN_OPERATIONS["admin.events"].path, async (c, next) => {
    if (!/\btext\/event-stream\b/.test(c.req.header("accept") ?? "")) return await next();
    return await answer(c, options);
  });
}

async function answer(c: Context, { admin, feed, door }: EventStreamOptions) {
  const caller = await admittedCaller(c, ADMIN_OPERATIONS["admin.events"], door);
  await admin.allow(caller);
  const lastId = c.req.header("last-event-id");
  const params = parseOrThrow(ADMIN_OPERATIONS["admin.events"].params, {
    ...c.req.query(),
    ...(lastId ? { after: lastId } : {}),
  });
  // Known to be good before the first byte, so that what is wrong is said with a status.
  const first = await admin.events(params);
  const over = new AbortController();
  const expiry = setTimeout(() => over.abort(), (caller?.exp ?? 0) * 1000 - Date.now());
  const batches = follow(first, {
    feed,
    after: (id) => admin.events({ after: id, limit: BATCH }),
    recheck: () => admin.allow(caller),
    signal: over.signal,
  });
  const encoder = new TextEncoder();
  let left = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`)),
    async pull(controller) {
      try {
        const { value, done } = await batches.next();
        if (!done) return controller.enqueue(encoder.encode(value));
      } catch {
        // Redis is away, or the reader is no admin any more: it learns which when it comes back.
      }
      clearTimeout(expiry);
      if (!left) controller.close();
    },
    cancel: () => {
      left = true;
      clearTimeout(expiry);
      over.abort();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // nginx would hold it back.
      "x-accel-buffering": "no",
    },
  });
}

interface FollowOptions {
  readonly feed: EventFeed;
  readonly after: (id: string) => Promise<AdminEvents>;
  /** Throws when the reader may read no more. */
  readonly recheck: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

async function* follow(first: AdminEvents, options: FollowOptions): AsyncGenerator<string> {
  const { feed, after, recheck, signal } = options;
  let batch = first;
  let last = first.lastId ?? "0-0";
  let checkedAt = performance.now();
  while (!signal.aborted && !feed.stopped) {
    if (performance.now() - checkedAt >= HEARTBEAT_MS) {
      await recheck();
      checkedAt = performance.now();
    }
    // Asked for before the look, so that what is written during it is not missed.
    const news = feed.next();
    if (batch.gap) yield "event: gap\ndata: {}\n\n";
    if (batch.events.length > 0) yield batch.events.map(encodeEvent).join("");
    last = batch.lastId ?? last;
    batch = await after(last);
    if (batch.events.length > 0 || batch.gap) continue;
    if (await isSilent(news, signal)) yield ": still here\n\n";
  }
}

/** Waits for news, for the end, or for so long that the reader must be told that somebody is there. */
async function isSilent(news: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const waited = new AbortController();
  const beat = sleep(HEARTBEAT_MS, AbortSignal.any([signal, waited.signal]));
  const silent = beat.then(() => true, () => false);
  try {
    return await Promise.race([news.then(() => false), silent]);
  } finally {
    waited.abort();
  }
}

function encodeEvent(event: AdminEvent): string {
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}
