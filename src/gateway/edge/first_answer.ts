/** Nobody gave a good answer in time. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** Times are in ms of `performance.now()`. */
export interface Asking<S, T> {
  /** Whom to ask, the preferred one first. */
  readonly sources: readonly S[];
  /** Rejects when the source has no good answer. */
  readonly ask: (source: S, signal: AbortSignal) => Promise<T>;
  /** When another one is asked too, although the one before has not refused. */
  readonly hedgeAt: number;
  readonly giveUpAt: number;
  /** A source had no good answer. */
  readonly onFailure: (source: S, cause: unknown) => void;
  /** A source had said nothing when one asked later answered, or when the time was up. */
  readonly onLate: (source: S) => void;
}

/** A timer that rings later than this (ms) says that this process was not running: that is nobody else's fault. */
const OWN_LAG_MS = 50;
/** How long (ms) answers that have come meanwhile get to be seen. */
const GRACE_MS = 100;

/**
 * The first good answer. The next source is asked as soon as one fails, and also when it has said nothing until
 * `hedgeAt`. Who lost is not waited for.
 *
 * @throws NoAnswer when all have failed, or at `giveUpAt`.
 */
export function firstAnswer<S, T>(asking: Asking<S, T>): Promise<{ source: S; value: T }> {
  const { sources, ask, onFailure, onLate } = asking;
  const { promise, resolve, reject } = Promise.withResolvers<{ source: S; value: T }>();
  const pending = new Map<number, AbortController>();
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const close = (lateBefore: number) => {
    clearTimeout(timer);
    for (const [index, abort] of pending) {
      const source = sources[index];
      if (index < lateBefore && source !== undefined) onLate(source);
      abort.abort();
    }
    pending.clear();
  };
  const askNext = () => {
    const index = asked;
    const source = sources[index];
    if (source === undefined) return;
    asked += 1;
    const abort = new AbortController();
    pending.set(index, abort);
    ask(source, abort.signal).then((value) => {
      if (!pending.delete(index)) return;
      close(index);
      resolve({ source, value });
    }, (cause: unknown) => {
      if (!pending.delete(index)) return;
      onFailure(source, cause);
      askNext();
      if (pending.size > 0) return;
      close(0);
      reject(new NoAnswer("Everybody refused", { cause }));
    });
  };
  const wait = (until: number, then: () => void) => {
    timer = setTimeout(() => {
      const lag = performance.now() - until;
      if (lag > OWN_LAG_MS) timer = setTimeout(then, GRACE_MS);
      else then();
    }, Math.max(0, until - performance.now()));
  };
  const giveUp = () => {
    close(Infinity);
    reject(new NoAnswer("Nobody answered in time"));
  };

  askNext();
  if (pending.size === 0) reject(new NoAnswer("There is nobody to ask"));
  else {
    wait(Math.min(asking.hedgeAt, asking.giveUpAt), () => {
      askNext();
      wait(asking.giveUpAt, giveUp);
    });
  }
  return promise;
}
