import { setImmediate } from "node:timers";
import { TimerHeap } from "./timer_heap.ts";

/** Where virtual time begins: a Unix time in ms. */
const BEGINNING = 1_800_000_000_000;

/**
 * Time that passes only when it is told to. While installed, every timer, clock and random number of the process is
 * its own, so that real classes run hours in milliseconds, and the same seed gives the same run.
 */
export class VirtualTime {
  readonly #timers = new TimerHeap();
  #now = BEGINNING;

  /** @param random Stands for every source of randomness. */
  constructor(private readonly random: () => number) {}

  /** Unix time in ms. */
  get now(): number {
    return Math.floor(this.#now);
  }

  /** Takes the place of the process's clocks and timers. Returns how to give them back. */
  install(): () => void {
    const { random } = this;
    const timers = this.#timers;
    const start = (run: () => void, ms: unknown, every: boolean) => {
      const delay = Math.max(0, Number(ms) || 0);
      return timers.add(run, this.#now + delay, every ? Math.max(1, delay) : null);
    };
    const stop = (id: unknown) => timers.remove(Number(id));
    const undo = [
      replace(globalThis, "setTimeout", (run: () => void, ms?: number) => start(run, ms, false)),
      replace(globalThis, "setInterval", (run: () => void, ms?: number) => start(run, ms, true)),
      replace(globalThis, "clearTimeout", stop),
      replace(globalThis, "clearInterval", stop),
      replace(Date, "now", () => this.now),
      replace(performance, "now", () => this.#now - BEGINNING),
      replace(Math, "random", random),
      replace(crypto, "getRandomValues", (bytes: Uint8Array) => {
        return bytes.map((_, index, all) => all[index] = Math.floor(random() * 256));
      }),
    ];
    return () => {
      for (const restore of undo.toReversed()) restore();
    };
  }

  /** Lets the time pass, timer by timer; everything a timer set going is done before the next one rings. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#timers.take(end); next !== null; next = this.#timers.take(end)) {
      this.#now = Math.max(this.#now, next.dueAt);
      next.run();
      await settled();
    }
    this.#now = end;
  }
}

/** Resolves when all promises that can go on have gone on: a macrotask follows only then. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function replace(target: object, name: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}
