import type { EventSink } from "../../contracts/admin_events.ts";
import type { DrainStore } from "../../coordination/drains.ts";
import type { EtcdStore } from "../../coordination/etcd.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import type { SuspicionStore } from "../../coordination/suspicions.ts";
import type { Config } from "../../platform/config.ts";
import { Lifecycle, type Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { connectRedis } from "../../platform/redis.ts";
import { redisAccess } from "../../platform/redis_access.ts";
import type { Lookout } from "../resources/lookout.ts";
import type { ResourceManager } from "../resources/resource_manager.ts";
import type { LiveService } from "../rooms/live_service.ts";
import type { RoomIndex } from "../rooms/room_index.ts";
import { Accounts } from "../users/accounts.ts";
import { AdminGuard } from "./admin_guard.ts";
import { AdminRoomList } from "./admin_rooms.ts";
import { AdminService } from "./admin_service.ts";
import { EventFeed } from "./event_feed.ts";
import { EventLog } from "./event_log.ts";
import { NodeSights } from "./node_sights.ts";
import { Outbox } from "./outbox.ts";
import { Scene } from "./scene.ts";
import { StatsReader } from "./stats_reader.ts";
import { StoryStore } from "./story_store.ts";
import { Storyteller } from "./storyteller.ts";

/** What the admin's part of a Room Manager sees of the rest. */
export interface AdminSurroundings {
  readonly store: Pick<EtcdStore, "leaseLeftS">;
  readonly rooms: RoomStore;
  readonly nodes: NodeStore;
  readonly drains: DrainStore;
  readonly suspicions: SuspicionStore;
  readonly lookout: Lookout;
  readonly resources: ResourceManager;
  readonly index: RoomIndex;
  readonly live: LiveService;
}

/** The event log of a Room Manager. It lives without Redis: what happens is told once Redis is there. */
export class AdminDesk implements Running {
  readonly sink: EventSink;
  readonly feed: EventFeed;
  readonly #parts: Lifecycle;
  readonly #events: EventLog;
  readonly #redis: ReturnType<typeof connectRedis>;

  constructor(config: Config, private readonly log: Log) {
    this.#parts = new Lifecycle(log);
    const connect = (blocking: boolean) => connectRedis(redisAccess(config), log, blocking);
    this.#redis = this.#parts.add("redis", connect(false));
    this.#events = new EventLog(this.#redis.client);
    this.sink = this.#parts.add("event outbox", new Outbox({ events: this.#events, log }));
    this.feed = this.#parts.add("event feed", new EventFeed(() => connect(true)));
  }

  /** Begins to tell of what is seen, and gives what admins may do. */
  open(around: AdminSurroundings): AdminService {
    const { store, rooms, nodes, drains, suspicions, lookout, resources, index, live } = around;
    const { log, sink } = this;
    const { client } = this.#redis;
    const scene = new Scene({ rooms, nodes, drains, suspicions, lookout });
    this.#parts.add("storyteller", new Storyteller({ story: new StoryStore(client), scene, log }));
    const leaseLeftS = (key: string) => store.leaseLeftS(key);
    const sights = new NodeSights({ nodes, drains, suspicions, lookout, resources, leaseLeftS });
    const standing = sights.standing.bind(sights);
    return new AdminService({
      guard: new AdminGuard(new Accounts(client)),
      list: new AdminRoomList({ rooms, index, nodes, standing, now: Date.now }),
      stats: new StatsReader(client),
      events: this.#events,
      ...{ sights, live, drains, sink, log },
    });
  }

  stop(): Promise<void> {
    return this.#parts.stop();
  }
}
