import { ending, type Running } from "../../platform/lifecycle.ts";
import { collect, collectValue } from "../../platform/metrics.ts";
import type { Gateway } from "./gateway.ts";
import type { SeatKeeper } from "./seat_keeper.ts";

/** Gives how many sockets and seats this gateway has. */
export function gatewayMetrics(
  gateway: Pick<Gateway, "size">,
  keeper: Pick<SeatKeeper, "counts">,
): Running {
  return ending([
    collectValue("roomcast_sockets", () => gateway.size),
    collect("roomcast_seats", () => {
      const { all, waiting } = keeper.counts;
      return [
        { labels: { state: "taken" }, value: all - waiting },
        { labels: { state: "waiting" }, value: waiting },
      ];
    }),
  ]);
}
