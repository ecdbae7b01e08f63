import type { NodeId } from "../../contracts/ids.ts";
import type { JanusObserved } from "../../contracts/room.ts";
import type { ForwarderInfo } from "../../platform/janus/types.ts";
import { isOfEpoch } from "./ssrc.ts";
import type { Address, Wish } from "./wish.ts";

/** A room as its Janus has it; null: Janus has no such room. */
export type Seen = { readonly forwarders: readonly ForwarderInfo[] } | null;

/** One thing to do on Janus. Each may be done twice without harm. */
export type Step =
  | { readonly do: "create_room" }
  | { readonly do: "stop_forwarder"; readonly streamId: number }
  | { readonly do: "forward"; readonly to: Address; readonly epoch: number }
  | { readonly do: "destroy_room" };

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
  const kept = rightForwarder(wish, seen);
  const { target, former, epoch } = wish;
  const unwanted = forwarders.filter((forwarder) =>
    forwarder !== kept && !(former !== null && goesTo(forwarder, former))
  );
  return [
    ...(seen === null ? [{ do: "create_room" } as const] : []),
    ...unwanted.map(stop),
    ...(target !== null && kept === undefined
      ? [{ do: "forward", to: { host: target.host, port: target.port }, epoch } as const]
      : []),
  ];
}

/** What to tell in etcd about a room, when Janus is as it was seen. */
export function report(
  wish: Extract<Wish, { kind: "room" }>,
  seen: Seen,
  self: NodeId,
): JanusObserved {
  const base = { epoch: wish.epoch, janusId: self, forwarders: [] };
  if (wish.problem !== null) return { ...base, status: "failed", reason: wish.problem };
  const kept = rightForwarder(wish, seen);
  if (kept === undefined || wish.target === null) return { ...base, status: "room_created" };
  const { mixerId } = wish.target;
  return { ...base, status: "forwarding", forwarders: [{ mixerId, ...kept }] };
}

/** The one forwarder that goes where it should and was made for this epoch. */
function rightForwarder(
  { target, epoch }: Extract<Wish, { kind: "room" }>,
  seen: Seen,
): ForwarderInfo | undefined {
  if (target === null) return undefined;
  return seen?.forwarders.find((one) => goesTo(one, target) && isOfEpoch(one.ssrc, epoch));
}

function goesTo(forwarder: ForwarderInfo, { host, port }: Address): boolean {
  return forwarder.port === port && canonical(forwarder.host) === canonical(host);
}

/** One spelling for each address: `::1` and `0:0:0:0:0:0:0:1` are the same. */
function canonical(host: string): string {
  const url = URL.parse(host.includes(":") ? `http://[${host}]` : `http://${host}`);
  return url?.hostname ?? host;
}

function stop({ streamId }: ForwarderInfo): Step {
  return { do: "stop_forwarder", streamId };
}
