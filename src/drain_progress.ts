import type { NodeInfo } from "./contracts/node.ts";
import type { DrainedNode } from "./coordination/drains.ts";
import type { NodeStore } from "./coordination/nodes.ts";

export interface DrainProgressOptions {
  readonly node: DrainedNode;
  readonly nodes: Pick<NodeStore, "get" | "onChange" | "unhealthy">;
  /** The node when it was told. */
  readonly found: NodeInfo;
  readonly print: (line: string) => void;
}

/** `empty`: it has ended and had no room left. `ended`: it has ended with rooms. */
export type DrainOutcome = "empty" | "ended" | "still there";

/** Says in lines how a node gets empty. */
export class DrainProgress {
  #load: number;

  constructor(private readonly options: DrainProgressOptions) {
    this.#load = options.found.load;
  }

  /**
   * Follows the node until it is gone.
   *
   * @param others The nodes that may take its rooms.
   */
  async follow(limitMs: number, others: readonly NodeInfo[]): Promise<DrainOutcome> {
    const { node: { kind, id }, nodes, print } = this.options;
    print(`${kind}/${id} is told to drain: it has ${rooms(this.#load)}`);
    if (this.#load > 0 && !others.some(takesRooms)) {
      print(`No other ${kind} takes rooms: they stay until one does, or the time is over`);
    }
    const over = Promise.withResolvers<DrainOutcome>();
    const timer = setTimeout(() => over.resolve("still there"), limitMs);
    const look = () => {
      const outcome = this.#look();
      if (outcome !== null) over.resolve(outcome);
    };
    const unsubscribe = nodes.onChange(look);
    look();
    try {
      return await over.promise;
    } finally {
      clearTimeout(timer);
      unsubscribe();
    }
  }

  #look(): DrainOutcome | null {
    const { node: { kind, id }, nodes, print } = this.options;
    const now = nodes.get(kind, id);
    if (now !== null) {
      if (now.load !== this.#load) print(`${kind}/${id}: ${rooms(now.load)} left`);
      this.#load = now.load;
      return null;
    }
    if (this.#load === 0) {
      print(`${kind}/${id} is empty and has ended`);
      return "empty";
    }
    print(`${kind}/${id} has ended with ${rooms(this.#load)}`);
    return "ended";
  }
}

function takesRooms({ draining, unhealthy, load, capacity }: NodeInfo): boolean {
  return !draining && unhealthy === null && load < capacity;
}

function rooms(count: number): string {
  return count === 1 ? "1 room" : `${count} rooms`;
}
