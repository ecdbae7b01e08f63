import type {
  AdminNode,
  AdminNodes,
  AdminParams,
  AdminRooms,
  AdminStats,
} from "../../contracts/admin.ts";
import { actorOf, type AdminEvents, type EventSink } from "../../contracts/admin_events.ts";
import { AppError } from "../../contracts/errors.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type { RoomView } from "../../contracts/operations.ts";
import type { AccessClaims } from "../../contracts/users.ts";
import type { DrainedNode, DrainStore } from "../../coordination/drains.ts";
import { StoreError } from "../../coordination/store.ts";
import type { Log } from "../../platform/log.ts";
import type { Caller } from "../rooms/caller.ts";
import type { LiveService } from "../rooms/live_service.ts";
import type { AdminGuard } from "./admin_guard.ts";
import type { AdminRoomList } from "./admin_rooms.ts";
import type { EventLog } from "./event_log.ts";
import type { NodeSights } from "./node_sights.ts";
import { nodeView } from "./node_view.ts";
import type { StatsReader } from "./stats_reader.ts";

export interface AdminServiceOptions {
  readonly guard: AdminGuard;
  readonly sights: NodeSights;
  readonly list: AdminRoomList;
  readonly live: Pick<LiveService, "stop">;
  readonly drains: Pick<DrainStore, "order" | "cancel">;
  readonly events: EventLog;
  readonly stats: StatsReader;
  readonly sink: EventSink;
  readonly log: Log;
  /** Unix time in ms. */
  readonly now?: () => number;
}

interface Action {
  readonly action: "drain" | "undrain" | "stop";
  /** What was done, after the admin's name. */
  readonly text: string;
  readonly node?: DrainedNode;
  readonly roomId?: RoomId;
  readonly details?: Readonly<Record<string, string | number>>;
}

/** What admins see and do. Each thing done leaves a line in the log and an event, both with who did it. */
export class AdminService {
  constructor(private readonly options: AdminServiceOptions) {}

  /** @throws AppError `unauthorized` when nobody is signed in, `forbidden` to who is no admin. */
  allow(caller: Caller): Promise<AccessClaims> {
    return this.options.guard.allow(caller);
  }

  async nodes(): Promise<AdminNodes> {
    const { sights, list } = this.options;
    const seen = await sights.all(list.byNode());
    return { nodes: seen.map(nodeView), hold: sights.hold() };
  }

  async drain(
    { kind, id, deadlineS }: AdminParams<"admin.node.drain">,
    by: AccessClaims,
  ): Promise<AdminNode> {
    const { drains, sights, now = Date.now } = this.options;
    if (!sights.knows(kind, id)) throw new AppError("not_found", `There is no ${kind}/${id}`);
    await inEtcd(() => drains.order(kind, id, { orderedAt: now(), deadlineS }));
    const node = { kind, id };
    this.#tell(by, {
      action: "drain",
      text: `told ${kind}/${id} to drain within ${deadlineS} s`,
      node,
      details: { deadlineS },
    });
    return await this.#node(node);
  }

  async undrain(node: AdminParams<"admin.node.undrain">, by: AccessClaims): Promise<AdminNode> {
    const { kind, id } = node;
    const ordered = await inEtcd(() => this.options.drains.cancel(kind, id));
    if (!ordered && !this.options.sights.knows(kind, id)) {
      throw new AppError("not_found", `There is no ${kind}/${id}`);
    }
    if (ordered) {
      this.#tell(by, {
        action: "undrain",
        text: `took back the order to drain ${kind}/${id}`,
        node,
      });
    }
    return await this.#node(node);
  }

  rooms(params: AdminParams<"admin.rooms">): Promise<AdminRooms> {
    return Promise.resolve(this.options.list.list(params));
  }

  async stopRoom(
    { id, reason }: AdminParams<"admin.room.stop">,
    by: AccessClaims,
  ): Promise<RoomView> {
    const view = await this.options.live.stop({ id }, by);
    this.#tell(by, {
      action: "stop",
      text: `stopped ${view.title}${reason === undefined ? "" : `: ${reason}`}`,
      roomId: id,
      ...(reason === undefined ? {} : { details: { reason } }),
    });
    return view;
  }

  events({ after, limit }: AdminParams<"admin.events">): Promise<AdminEvents> {
    const { events } = this.options;
    return after === undefined ? events.newest(limit) : events.after(after, limit);
  }

  stats({ minutes }: AdminParams<"admin.stats">): Promise<AdminStats> {
    return this.options.stats.read(minutes);
  }

  async #node(node: DrainedNode): Promise<AdminNode> {
    const { sights, list } = this.options;
    return nodeView(await sights.one(node, list.byNode()));
  }

  #tell(by: AccessClaims, { action, text, node, roomId, details = {} }: Action): void {
    const { log, sink } = this.options;
    log.info(
      {
        audit: true,
        action,
        by: by.sub,
        byName: by.name,
        ...(node && { target: `${node.kind}/${node.id}` }),
        ...(roomId && { room: roomId }),
        ...details,
      },
      "an admin did something",
    );
    sink.record({
      kind: "admin.action",
      severity: "warn",
      text: `${by.name} ${text}.`,
      roomId: roomId ?? null,
      node: node ?? null,
      by: actorOf(by),
      details: { action, ...details },
    });
  }
}

async function inEtcd<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    const detail = "The store of nodes (etcd) cannot be reached";
    throw new AppError("unavailable", detail, { cause, retryAfterS: 2 });
  }
}
