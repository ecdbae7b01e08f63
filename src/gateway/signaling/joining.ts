import { AppError } from "../../contracts/errors.ts";
import { randomId, type RoomId } from "../../contracts/ids.ts";
import type { RoomMeta } from "../../contracts/room.ts";
import { roomView } from "../../contracts/room_view.ts";
import type { MethodResult, METHODS } from "../../contracts/rpc.ts";
import type { AccessClaims } from "../../contracts/users.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import { sleep } from "../../platform/backoff.ts";
import type { Log } from "../../platform/log.ts";
import type { z } from "zod";
import type { JanusLinks } from "./janus_links.ts";
import { fromJanusError } from "./janus_errors.ts";
import { Member, type Notify } from "./member.ts";
import type { PinGate } from "./pin_gate.ts";
import type { LiveRoom, RoomGate } from "./room_gate.ts";
import type { RoomHub } from "./room_hub.ts";
import type { RoomLog } from "./room_log.ts";
import type { StreamId } from "./stream_id.ts";

export type JoinParams = z.output<typeof METHODS["join"]["params"]>;

/** Who wants to join. */
export interface Joiner {
  readonly claims: AccessClaims;
  readonly address: string;
  readonly notify: Notify;
}

/** How long (ms) a join waits for the room's Janus to have the room. */
const LIMIT_MS = 5000;
/** How long (ms) it waits before it asks again a Janus that has yet to get the room back. */
const AGAIN_MS = 150;

export interface JoiningOptions {
  readonly gate: RoomGate;
  readonly pins: PinGate;
  readonly nodes: NodeStore;
  readonly links: JanusLinks;
  readonly hub: RoomHub;
  readonly roomLog: RoomLog;
  readonly log: Log;
}

/** Takes seats: checks who may, waits for the room's Janus, and negotiates with it. */
export class Joining {
  constructor(private readonly options: JoiningOptions) {}

  /**
   * @throws AppError `room_not_found`, `room_not_live`, `pin_required`, `pin_wrong`, `too_many_requests`,
   * `media_failed`, or `unavailable`.
   */
  async join(
    joiner: Joiner,
    params: JoinParams,
    signal: AbortSignal,
  ): Promise<{ member: Member; result: MethodResult<"join"> }> {
    const { gate, pins } = this.options;
    const { meta } = await gate.live(params.roomId);
    const isHost = mayHost(meta, joiner.claims);
    if (!isHost) {
      const who = { userId: joiner.claims.sub, address: joiner.address };
      await pins.check(meta, params.pin, who);
    }
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error("not ready in time")), LIMIT_MS);
    const deadline = AbortSignal.any([signal, limit.signal]);
    try {
      return await this.#untilReady(joiner, params, isHost ? "host" : "speaker", deadline, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A Janus that was restarted gets its rooms back a moment after it answers again: so ask again. */
  async #untilReady(
    joiner: Joiner,
    params: JoinParams,
    role: "host" | "speaker",
    deadline: AbortSignal,
    signal: AbortSignal,
  ) {
    for (;;) {
      const room = await this.options.gate.ready(params.roomId, deadline);
      try {
        return await this.#sit(joiner, params, role, room, deadline, signal);
      } catch (cause) {
        const err = fromJanusError(cause);
        const again = err instanceof AppError && err.code === "unavailable" && !deadline.aborted;
        if (!again) throw err;
        await sleep(AGAIN_MS, deadline).catch(() => {
          throw err;
        });
      }
    }
  }

  async #sit(
    { claims, notify }: Joiner,
    { roomId, name, muted, sdp: offer }: JoinParams,
    role: "host" | "speaker",
    room: LiveRoom,
    deadline: AbortSignal,
    signal: AbortSignal,
  ) {
    const { nodes, links, hub, gate, roomLog, log } = this.options;
    const { liveId, janusId } = room.livemeta;
    const node = nodes.get("janus", janusId);
    if (node === null) throw new AppError("unavailable", "The room's media server is away");
    const before = this.#before(roomId);
    const janus = await links.get(node.url, deadline);
    const participant = {
      id: `${claims.sub}.${randomId(6)}`,
      userId: claims.sub,
      name: name ?? claims.name,
      role,
      muted,
    };
    const place = { roomId, liveId, janusId };
    const member = new Member({ ...place, participant, notify, hub, gate, roomLog, log });
    try {
      const { since, entered } = await before;
      const { sdp, others } = await member.sit(janus, offer);
      signal.throwIfAborted();
      if (member.over) throw new AppError("unavailable", "The seat was lost at once");
      member.announce();
      hub.add(member, since);
      const present = new Set(others.map(({ id }) => id));
      for (const seat of entered) if (!present.has(seat)) hub.sawLeaving(roomId, seat);
      return {
        member,
        result: {
          seat: participant.id,
          sdp,
          participants: [participant, ...others],
          room: roomView(room.meta, room, Date.now(), nodes),
          lastEventId: since,
        },
      };
    } catch (err) {
      await member.end();
      throw err;
    }
  }

  /**
   * Where the room's events stand, and who had a seat, before ours is taken: whoever is not on Janus after that has
   * left. Without Redis: from now on, and nobody.
   */
  async #before(roomId: RoomId): Promise<{ since: StreamId; entered: readonly string[] }> {
    const { roomLog } = this.options;
    try {
      const [since, entered] = await Promise.all([roomLog.lastId(roomId), roomLog.seats(roomId)]);
      return { since, entered };
    } catch {
      return { since: `${Date.now()}-0`, entered: [] };
    }
  }
}

function mayHost(meta: RoomMeta, { sub, role }: AccessClaims): boolean {
  return meta.owner.id === sub || role === "admin";
}
