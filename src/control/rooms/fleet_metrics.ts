import type { NodeInfo } from "../../contracts/node.ts";
import { NodeKind } from "../../contracts/node.ts";
import { ROOM_STATES, roomState } from "../../contracts/states.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import { ending, type Running } from "../../platform/lifecycle.ts";
import { collect } from "../../platform/metrics.ts";

/** What `roomcast_nodes` tells nodes apart by; the first that holds. */
const NODE_STATES = ["unhealthy", "draining", "full", "ready"] as const;

/** Gives what this Room Manager sees of all rooms and media nodes. */
export function fleetMetrics(rooms: RoomStore, nodes: NodeStore): Running {
  return ending([
    collect("roomcast_rooms", () => {
      const now = Date.now();
      const states = rooms.ids().map((id) => roomState(rooms.get(id), now, nodes).state);
      return Object.keys(ROOM_STATES).map((state) => ({
        labels: { state },
        value: states.filter((one) => one === state).length,
      }));
    }),
    collect("roomcast_nodes", () =>
      NodeKind.options.flatMap((kind) => {
        const states = nodes.list(kind).map(stateOf);
        return NODE_STATES.map((state) => ({
          labels: { kind, state },
          value: states.filter((one) => one === state).length,
        }));
      })),
  ]);
}

function stateOf({ unhealthy, draining, load, capacity }: NodeInfo): typeof NODE_STATES[number] {
  if (unhealthy !== null) return "unhealthy";
  if (draining) return "draining";
  return load >= capacity ? "full" : "ready";
}
