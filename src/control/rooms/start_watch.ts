import type { LiveId, RoomId } from "../../contracts/ids.ts";
import { type NodePresence, roomState } from "../../contracts/states.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { count, countFromZero, observe } from "../../platform/metrics.ts";
import { beginSpan, failed, type Span } from "../../platform/trace.ts";

/** A broadcast that was started here. */
export interface Started {
  readonly roomId: RoomId;
  readonly liveId: LiveId;
  /** When (ms, monotonic) the start was asked for. */
  readonly askedAt: number;
  readonly traceparent: string | undefined;
}

/** A broadcast that is not on air after this long (ms) is waited for no more. */
const LIMIT_MS = 60_000;

const OUTCOMES = ["on_air", "stopped", "late"] as const;

interface Pending extends Started {
  readonly span: Span;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Measures how long the broadcasts that this process started take to come on air. Each is measured once, by the clock of
 * the process that was asked for it.
 */
export class StartWatch implements Running {
  readonly #pending = new Map<RoomId, Pending>();
  readonly #unsubscribe: () => void;

  constructor(
    private readonly rooms: Pick<RoomStore, "get" | "onChange">,
    private readonly nodes: NodePresence,
  ) {
    countFromZero("roomcast_starts_total", OUTCOMES.map((outcome) => ({ outcome })));
    this.#unsubscribe = rooms.onChange((id) => this.#look(id));
  }

  stop(): Promise<void> {
    this.#unsubscribe();
    for (const { roomId } of [...this.#pending.values()]) this.#take(roomId)?.span.end();
    return Promise.resolve();
  }

  /** The broadcast was started just now. */
  begun(started: Started): void {
    const { roomId, liveId, traceparent } = started;
    this.#over(roomId, "stopped");
    const attributes = { room: roomId, live: liveId };
    const span = beginSpan("room.on_air", { parent: traceparent, attributes });
    const timer = setTimeout(() => this.#over(roomId, "late"), LIMIT_MS);
    this.#pending.set(roomId, { ...started, span, timer });
    this.#look(roomId);
  }

  #look(id: RoomId): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    const room = this.rooms.get(id);
    if (room.livemeta?.liveId !== pending.liveId) return this.#over(id, "stopped");
    if (roomState(room, Date.now(), this.nodes).state !== "on_air") return;
    observe("roomcast_start_seconds", {}, (performance.now() - pending.askedAt) / 1000);
    this.#over(id, "on_air");
  }

  #over(id: RoomId, outcome: typeof OUTCOMES[number]): void {
    const pending = this.#take(id);
    if (pending === undefined) return;
    count("roomcast_starts_total", { outcome });
    if (outcome === "late") failed(pending.span, "not on air within a minute");
    pending.span.setAttribute("outcome", outcome);
    pending.span.end();
  }

  #take(id: RoomId): Pending | undefined {
    const pending = this.#pending.get(id);
    clearTimeout(pending?.timer);
    this.#pending.delete(id);
    return pending;
  }
}
