import { inTime } from "../../src/platform/in_time.ts";
import { AdminEvent } from "../../src/contracts/admin_events.ts";

/** How long (ms) the stream may be silent. */
const LIMIT_MS = 15_000;

/** An open stream of server-sent events. */
export interface EventReader {
  /** The next event. @throws Error when the stream ends before. */
  next(): Promise<AdminEvent>;
  close(): Promise<void>;
}

/**
 * Reads the event log as `curl -N` would.
 *
 * @param lastId The id of the last event known; the stream goes on after it.
 * @throws Error with what the server said when it gives no stream.
 */
export async function readEvents(
  url: string,
  token: string,
  lastId?: string,
): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/admin/events`, {
    headers: {
      accept: "text/event-stream",
      authorization: `Bearer ${token}`,
      ...(lastId === undefined ? {} : { "last-event-id": lastId }),
    },
    signal: abort.signal,
  });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
    throw new Error(`No stream: ${response.status} ${await response.text()}`);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    next: async () => {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end < 0) {
          const { value, done } = await inTime(reader.read(), LIMIT_MS, "No event came");
          if (done) throw new Error("The stream has ended");
          text += value;
          continue;
        }
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data === undefined || !/^id: /m.test(block)) continue;
        const event = AdminEvent.parse(JSON.parse(data));
        if (/^id: (.*)$/m.exec(block)?.[1] !== event.id) throw new Error("Two ids for one event");
        return event;
      }
    },
    close: async () => {
      await reader.cancel().catch(() => {});
      abort.abort();
    },
  };
}
