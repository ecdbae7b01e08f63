import { type PlacementParts, startPlacement } from "../../src/control/placement/start.ts";
import { RoomWriter } from "../../src/control/rooms/room_writer.ts";
import { EtcdStore } from "../../src/coordination/etcd.ts";
import { NodeStore } from "../../src/coordination/nodes.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import { SuspicionStore } from "../../src/coordination/suspicions.ts";
import { Lifecycle } from "../../src/platform/lifecycle.ts";
import { silentLog } from "../../src/platform/log.ts";
import type { RoomsSite } from "./rooms_support.ts";

/** A keeper of placements beside those of the site's Room Managers. */
export async function startKeeper(
  client: RoomsSite["client"],
  times: { renewalMs?: number; distrustMs?: number },
): Promise<PlacementParts> {
  const [store, log] = [new EtcdStore(client), silentLog()];
  const parts = new Lifecycle(log);
  const rooms = parts.add("rooms", new RoomStore({ store, log }));
  const nodes = parts.add("nodes", new NodeStore({ store, log }));
  const suspicions = parts.add("suspicions", new SuspicionStore({ store, log }));
  await Promise.all([rooms.start(), nodes.start(), suspicions.start()]);
  const writer = new RoomWriter(rooms);
  const options = { store, rooms, nodes, suspicions, writer, log, ...times };
  const placement = parts.add("placement", startPlacement(options));
  return { ...placement, stop: () => parts.stop() };
}
