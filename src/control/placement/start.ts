import { type EventSink, NO_EVENTS } from "../../contracts/admin_events.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import type { Store } from "../../coordination/store.ts";
import type { SuspicionStore } from "../../coordination/suspicions.ts";
import { Lifecycle, type Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { isCondemned, Lookout } from "../resources/lookout.ts";
import { ResourceManager } from "../resources/resource_manager.ts";
import { StorePulse } from "../resources/store_pulse.ts";
import type { RoomWriter } from "../rooms/room_writer.ts";
import { PlacementKeeper } from "./keeper.ts";

export interface PlacementOptions {
  readonly store: Pick<Store, "get">;
  /** The stores have been listed already. */
  readonly rooms: RoomStore;
  readonly nodes: NodeStore;
  readonly suspicions: SuspicionStore;
  readonly writer: Pick<RoomWriter, "change">;
  readonly log: Log;
  /** Told of each move. Default: nobody. */
  readonly events?: EventSink;
  /** See RENEWAL_MS. */
  readonly renewalMs?: number;
  /** See DISTRUST_MS. */
  readonly distrustMs?: number;
}

export interface PlacementParts extends Running {
  readonly resources: ResourceManager;
  readonly lookout: Lookout;
}

/** Starts what finds nodes for rooms and keeps live rooms on nodes that can serve them. */
export function startPlacement(options: PlacementOptions): PlacementParts {
  const { store, rooms, nodes, suspicions, writer, log, renewalMs, distrustMs } = options;
  const { events = NO_EVENTS } = options;
  const parts = new Lifecycle(log);
  const resources = parts.add(
    "resource manager",
    new ResourceManager({ nodes, isCondemned: (kind, id) => isCondemned(suspicions, kind, id) }),
  );
  const pulse = new StorePulse({ store, onBeat: (silentMs) => lookout.heard(silentMs) });
  const lookout = parts.add(
    "lookout",
    new Lookout({
      ...{ nodes, rooms, suspicions, log },
      silentMs: () => pulse.silentMs,
      ...(renewalMs === undefined ? {} : { renewalMs }),
      ...(distrustMs === undefined ? {} : { distrustMs }),
    }),
  );
  parts.add("pulse of etcd", pulse).start();
  parts.add(
    "placement keeper",
    new PlacementKeeper({ rooms, writer, lookout, resources, log, events }),
  );
  return { resources, lookout, stop: () => parts.stop() };
}
