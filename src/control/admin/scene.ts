import { NodeId, RoomId } from "../../contracts/ids.ts";
import { NodeKind } from "../../contracts/node.ts";
import { roomState } from "../../contracts/states.ts";
import type { DrainStore } from "../../coordination/drains.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import { isUnreadable, type RoomStore } from "../../coordination/rooms.ts";
import type { SuspicionStore } from "../../coordination/suspicions.ts";
import type { Lookout } from "../resources/lookout.ts";
import * as story from "./story.ts";

export interface SceneOptions {
  readonly rooms: Pick<RoomStore, "get" | "ids" | "onChange" | "synced">;
  readonly nodes: Pick<
    NodeStore,
    "get" | "list" | "onChange" | "synced" | "unhealthy" | "isAlive"
  >;
  readonly drains: Pick<DrainStore, "get" | "list" | "onChange">;
  readonly suspicions: Pick<SuspicionStore, "against" | "onChange">;
  readonly lookout: Pick<Lookout, "hold">;
}

/** How a subject stands, what to say of one that is no more, or null: nobody can tell now. */
export type Look = story.Standpoint | story.Farewell | null;

const HOLD = "hold";

/** All that the event log tells of, under names: `room/{id}`, `node/{kind}/{id}`, `order/…`, `suspicion/…` and `hold`. */
export class Scene {
  constructor(private readonly options: SceneOptions) {}

  /** Whether all has been read once. */
  get synced(): boolean {
    return this.options.rooms.synced && this.options.nodes.synced;
  }

  /** Calls back with each subject that may stand otherwise. Returns how to end that. */
  onChange(listener: (subject: string) => void): () => void {
    const { rooms, nodes, drains, suspicions } = this.options;
    const ends = [
      rooms.onChange((id) => listener(`room/${id}`)),
      nodes.onChange((kind, id) => listener(`node/${kind}/${id}`)),
      drains.onChange((kind, id) => listener(`order/${kind}/${id}`)),
      suspicions.onChange((kind, id) => listener(`suspicion/${kind}/${id}`)),
    ];
    return () => ends.forEach((end) => end());
  }

  /** Every subject there is. */
  subjects(): string[] {
    const { rooms, nodes, drains } = this.options;
    const named = [...nodes.list("janus"), ...nodes.list("mixer")].map(({ kind, id }) =>
      `${kind}/${id}`
    );
    return [
      HOLD,
      ...rooms.ids().map((id) => `room/${id}`),
      ...named.flatMap((node) => [`node/${node}`, `suspicion/${node}`]),
      ...drains.list().map(({ kind, id }) => `order/${kind}/${id}`),
    ];
  }

  /** The subjects that may stand otherwise though nothing was heard: time alone changes them. */
  restless(): string[] {
    const { rooms } = this.options;
    const live = rooms.ids().filter((id) => rooms.get(id).livemeta !== null);
    return [HOLD, ...live.map((id) => `room/${id}`)];
  }

  look(subject: string): Look {
    const [what, first, second] = subject.split("/");
    if (what === HOLD) return this.#hold();
    if (what === "room") {
      const id = RoomId.safeParse(first);
      return id.success ? this.#room(id.data) : null;
    }
    const [kind, id] = [NodeKind.safeParse(first), NodeId.safeParse(second)];
    if (!kind.success || !id.success) return null;
    if (what === "node") return this.#node(kind.data, id.data);
    return what === "order" ? this.#order(kind.data, id.data) : this.#suspicion(kind.data, id.data);
  }

  #hold(): Look {
    const hold = this.options.lookout.hold();
    return hold === null ? story.holdGone : story.holdStandpoint(hold.why);
  }

  #room(id: RoomId): Look {
    const { rooms, nodes } = this.options;
    const room = rooms.get(id);
    if (room.meta === null) return room.revisions.meta === 0n ? story.roomGone(id) : null;
    if (isUnreadable(room)) return null;
    return story.roomStandpoint(room.meta, room.livemeta, roomState(room, Date.now(), nodes));
  }

  #node(kind: NodeKind, id: NodeId): Look {
    const { nodes } = this.options;
    const node = nodes.get(kind, id);
    if (node !== null) return story.nodeStandpoint(node);
    return nodes.unhealthy() === null ? story.nodeGone(kind, id) : null;
  }

  #order(kind: NodeKind, id: NodeId): Look {
    const { nodes, drains } = this.options;
    const order = drains.get(kind, id);
    if (order !== null) return story.orderStandpoint(kind, id, order);
    return story.orderGone(kind, id, nodes.get(kind, id) !== null);
  }

  #suspicion(kind: NodeKind, id: NodeId): Look {
    return story.suspicionStandpoint(kind, id, this.options.suspicions.against(kind, id)) ??
      story.suspicionGone(kind, id);
  }
}
