export type StopSignal = "SIGINT" | "SIGTERM";

/** SIGINT and SIGTERM, each told once, in the order in which they came. */
export class StopSignals {
  readonly #unheard: StopSignal[] = [];
  #listener: ((signal: StopSignal) => void) | null = null;

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => this.#take(signal));
    }
  }

  /** The next signal that nobody was told of. One may wait at a time. */
  next(): Promise<StopSignal> {
    return new Promise((resolve) => this.onNext(resolve));
  }

  /** Calls back once, with the next signal; instead of whoever waited before. */
  onNext(listener: (signal: StopSignal) => void): void {
    this.#listener = listener;
    const first = this.#unheard.shift();
    if (first !== undefined) this.#take(first);
  }

  #take(signal: StopSignal): void {
    const listener = this.#listener;
    this.#listener = null;
    if (listener === null) this.#unheard.push(signal);
    else listener(signal);
  }
}
