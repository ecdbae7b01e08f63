import type { Exclusively } from "./auth.ts";

/** The lock that a tab holds while it has a seat, so that other tabs leave its socket alone. */
const SEAT_LOCK = "roomcast.seat";

/** One task at a time among all tabs; where the browser has no locks (plain http), in this tab. */
export function exclusivelyAmongTabs(name: string): Exclusively {
  if (!("locks" in navigator)) return exclusivelyHere();
  return async (task) => await navigator.locks.request(name, task);
}

/** One task at a time in this page. */
export function exclusivelyHere(): Exclusively {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const run = last.then(task, task);
    last = run.catch(() => {});
    return run;
  };
}

/** True when another tab of this browser has a seat in a room. */
export async function seatTakenElsewhere(): Promise<boolean> {
  if (!("locks" in navigator)) return false;
  const { held } = await navigator.locks.query();
  return held?.some((lock) => lock.name === SEAT_LOCK) ?? false;
}

/** Tells other tabs that this one has a seat. Returns how to take that back. */
export function holdSeat(): () => void {
  const over = new AbortController();
  if ("locks" in navigator) {
    const untilOver = () =>
      new Promise<void>((resolve) =>
        over.signal.addEventListener("abort", () => resolve(), { once: true })
      );
    navigator.locks.request(SEAT_LOCK, { mode: "shared", signal: over.signal }, untilOver)
      .catch(() => {});
  }
  return () => over.abort();
}
