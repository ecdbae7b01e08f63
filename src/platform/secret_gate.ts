import { AppError } from "../contracts/errors.ts";

/** How many scrypt runs go on at once (32 MiB each), and how many more may wait for their turn. */
const AT_ONCE = 4;
const WAITING = 100;

/** Lets a few costly tasks run at once, so that a crowd at the door can take neither memory nor all threads. */
export class SecretGate {
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(private readonly atOnce = AT_ONCE, private readonly waiting = WAITING) {}

  /** Runs a task in turn. @throws AppError `unavailable` when too many wait already. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.atOnce) this.#running++;
    else await this.#turn();
    try {
      return await task();
    } finally {
      // A slot is handed on, not given back and taken again: a newcomer cannot slip in between.
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#queue.length >= this.waiting) {
      throw new AppError("unavailable", "Too many people come in just now", { retryAfterS: 2 });
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }
}
