import type { NodeId } from "../../contracts/ids.ts";
import type { JanusObserved, SrtpKey } from "../../contracts/room.ts";
import type { ForwarderInfo } from "../../platform/janus/types.ts";
import { isOfLive } from "./ssrc.ts";
import type { Address, Target, Wish } from "./wish.ts";

/** A room as its Janus has it; null: Janus has no such room. */
export type Seen = { readonly forwarders: readonly ForwarderInfo[] } | null;

/** One thing to do on Janus. Each may be done twice without harm. */
export type Step =
  | { readonly do: "create_room" }
  | { readonly do: "stop_forwarder"; readonly streamId: number }
  | {
    readonly do: "forward";
    readonly to: Address;
    readonly live: number;
    readonly srtp?: SrtpKey;
  }
  | { readonly do: "destroy_room" };

type RoomWish = Extract<Wish, { kind: "room" }>;

/**
 * What to do so that Janus fits the wish; nothing when it does. Stops come before starts, so that two forwarders
 * never send to one port.
 */
export function plan(wish: Wish, seen: Seen): Step[] {
  if (wish.kind === "hold") return [];
  const forwarders = seen?.forwarders ?? [];
  if (wish.kind === "gone") {
    return seen === null ? [] : [...forwarders.map(stop), { do: "destroy_room" }];
  }
  const found = targetsOf(wish).map((target) => ({
    target,
    kept: forwarderTo(target, wish, seen),
  }));
  const unwanted = forwarders.filter((forwarder) => !found.some(({ kept }) => kept === forwarder));
  return [
    ...(seen === null ? [{ do: "create_room" } as const] : []),
    ...unwanted.map(stop),
    ...found.filter(({ target, kept }) => kept === undefined && target.current).map(
      ({ target: { host, port, srtp } }): Step => ({
        do: "forward",
        to: { host, port },
        live: wish.live,
        ...(srtp === undefined ? {} : { srtp }),
      }),
    ),
  ];
}

/** What to tell in etcd about a room, when Janus is as it was seen. */
export function report(wish: RoomWish, seen: Seen, self: NodeId): JanusObserved {
  const base = { epoch: wish.epoch, janusId: self };
  const forwarders = targetsOf(wish).flatMap((target) => {
    const kept = forwarderTo(target, wish, seen);
    return kept === undefined ? [] : [{ mixerId: target.mixerId, ...kept }];
  });
  if (wish.problem !== null) {
    return { ...base, status: "failed", reason: wish.problem, forwarders };
  }
  const heard = forwarders.some(({ mixerId }) => mixerId === wish.primary?.mixerId);
  return { ...base, status: heard ? "forwarding" : "room_created", forwarders };
}

/** The mixers that should get the mix, the one that listeners hear first; each port once. */
function targetsOf({ primary, standby }: RoomWish): Target[] {
  const twice = primary !== null && standby !== null && goesTo(primary, standby);
  return [primary, twice ? null : standby].filter((target) => target !== null);
}

/** The one forwarder that goes to the target and was made for this broadcast. */
function forwarderTo(target: Target, { live }: RoomWish, seen: Seen): ForwarderInfo | undefined {
  return seen?.forwarders.find((one) => goesTo(one, target) && isOfLive(one.ssrc, live));
}

function goesTo(one: Address, { host, port }: Address): boolean {
  return one.port === port && canonical(one.host) === canonical(host);
}

/** One spelling for each address: `::1` and `0:0:0:0:0:0:0:1` are the same. */
function canonical(host: string): string {
  const url = URL.parse(host.includes(":") ? `http://[${host}]` : `http://${host}`);
  return url?.hostname ?? host;
}

function stop({ streamId }: ForwarderInfo): Step {
  return { do: "stop_forwarder", streamId };
}
