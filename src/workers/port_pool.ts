import { z } from "zod";

/** How long (ms) a port rests after use, so that a stale forwarder never talks into a new room. */
export const QUARANTINE_MS = 15_000;

const Port = z.number().int().min(1).max(65535);

/** What the main thread tells the port pool worker. */
export const ToPortPool = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("start"),
    host: z.string(),
    min: Port,
    max: Port,
    quarantineMs: z.number().nonnegative(),
    /** Ports in use already: the worker was made anew, or rooms had them before this process began. */
    leased: z.array(Port),
  }),
  z.object({
    type: z.literal("lease"),
    call: z.number().int(),
    /** A port marked as in use that the caller holds already and takes if it can be bound; null: any. */
    held: Port.nullable(),
  }),
  z.object({ type: z.literal("release"), port: Port }),
]);
export type ToPortPool = z.infer<typeof ToPortPool>;

/** What the port pool worker tells the main thread. */
export const FromPortPool = z.object({
  type: z.literal("leased"),
  call: z.number().int(),
  /** Null: no port is free. */
  port: Port.nullable(),
});
export type FromPortPool = z.infer<typeof FromPortPool>;

/**
 * Even RTP ports, each with the odd one above it for RTCP (RFC 3550 §11). A port given back rests before it is
 * given out again, and the one that has rested longest comes first. Pure: times (ms) are handed in.
 */
export class PortPool {
  /** Ports that may be given out, the longest rested first. */
  readonly #free: number[] = [];
  readonly #leased = new Set<number>();
  #resting: { port: number; until: number }[] = [];

  constructor(min: number, max: number, private readonly quarantineMs = QUARANTINE_MS) {
    for (let port = min + min % 2; port + 1 <= max; port += 2) this.#free.push(port);
  }

  /** Takes the next port, or null when none is free. */
  take(now: number): number | null {
    this.#wake(now);
    const port = this.#free.shift() ?? null;
    if (port !== null) this.#leased.add(port);
    return port;
  }

  /** Marks a port as in use, if it is one of the pool's. */
  adopt(port: number): void {
    const index = this.#free.indexOf(port);
    if (index < 0) return;
    this.#free.splice(index, 1);
    this.#leased.add(port);
  }

  /** Gives a port back; it rests first. A port that is not in use is left as it is. */
  release(port: number, now: number): void {
    if (!this.#leased.delete(port)) return;
    this.#resting.push({ port, until: now + this.quarantineMs });
  }

  counts(now: number): { free: number; leased: number; resting: number } {
    this.#wake(now);
    return {
      free: this.#free.length,
      leased: this.#leased.size,
      resting: this.#resting.length,
    };
  }

  #wake(now: number): void {
    const rested = this.#resting.filter(({ until }) => until <= now);
    if (rested.length === 0) return;
    this.#resting = this.#resting.filter(({ until }) => until > now);
    this.#free.push(...rested.map(({ port }) => port));
  }
}
