export interface Timer {
  readonly id: number;
  readonly dueAt: number;
  readonly run: () => void;
  /** Null: it rings once. */
  readonly everyMs: number | null;
}

/** Timers by the time they are due; those due at the same time ring in the order in which they were set. */
export class TimerHeap {
  readonly #heap: Timer[] = [];
  readonly #alive = new Set<number>();
  #lastId = 0;

  /** @returns The timer's id. */
  add(run: () => void, dueAt: number, everyMs: number | null): number {
    const id = ++this.#lastId;
    this.#alive.add(id);
    this.#push({ id, dueAt, run, everyMs });
    return id;
  }

  remove(id: number): void {
    this.#alive.delete(id);
  }

  /** The next timer that is due by a time, taken out (or set again when it is to ring again); null when none is. */
  take(until: number): Timer | null {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || (first.dueAt > until && this.#alive.has(first.id))) return null;
      this.#pop();
      if (!this.#alive.has(first.id)) continue;
      if (first.everyMs === null) this.#alive.delete(first.id);
      else this.#push({ ...first, dueAt: first.dueAt + first.everyMs });
      return first;
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(timer, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const lesser = right !== undefined && left !== undefined && isBefore(right, left)
        ? { at: 2 * index + 2, timer: right }
        : { at: 2 * index + 1, timer: left };
      if (lesser.timer === undefined || !isBefore(lesser.timer, last)) break;
      heap[index] = lesser.timer;
      index = lesser.at;
    }
    heap[index] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.id < b.id);
}
