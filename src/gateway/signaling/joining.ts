import { AppError } from "../../contracts/errors.ts";
import type { RoomId, UserId } from "../../contracts/ids.ts";
import type { RoomMeta } from "../../contracts/room.ts";
import { roomView } from "../../contracts/room_view.ts";
import type { IceServer, MethodResult, METHODS, Participant } from "../../contracts/rpc.ts";
import type { AccessClaims } from "../../contracts/users.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import { sleep } from "../../platform/backoff.ts";
import type { Log } from "../../platform/log.ts";
import { count } from "../../platform/metrics.ts";
import type { z } from "zod";
import type { Attachment, Notify } from "./attachment.ts";
import type { JanusLinks } from "./janus_links.ts";
import { fromJanusError } from "./janus_errors.ts";
import type { Member } from "./member.ts";
import type { PinGate } from "./pin_gate.ts";
import type { Returning } from "./returning.ts";
import type { LiveRoom, RoomGate } from "./room_gate.ts";
import type { RoomHub } from "./room_hub.ts";
import type { RoomLog } from "./room_log.ts";
import type { SeatKeeper } from "./seat_keeper.ts";
import { newSeatId, type SeatWay, wayOfSeat } from "./seat_id.ts";
import { hashSeatSecret, newSeatSecret } from "./seat_record.ts";
import type { StreamId } from "./stream_id.ts";

export type JoinParams = z.output<typeof METHODS["join"]["params"]>;

/** Who wants to join. */
export interface Joiner {
  readonly claims: AccessClaims;
  readonly address: string;
  readonly notify: Notify;
  /** By what they speak. Default: a page. */
  readonly way?: SeatWay;
  /** True: they have shown something that is as good as the room's PIN. */
  readonly admitted?: boolean;
}

/** How long (ms) a join waits for the room's Janus to have the room. */
const LIMIT_MS = 5000;
/** How long (ms) a Janus that cannot be reached is waited for before it is asked whether the room is still there. */
const REACH_MS = 500;
/** How long (ms) it waits before it asks again a Janus that has yet to get the room back. */
const AGAIN_MS = 150;

export interface JoiningOptions {
  readonly gate: RoomGate;
  readonly pins: PinGate;
  readonly nodes: NodeStore;
  readonly links: JanusLinks;
  readonly hub: RoomHub;
  readonly keeper: SeatKeeper;
  readonly returning: Returning;
  readonly roomLog: RoomLog;
  /** The STUN and TURN servers for one join of a person. */
  readonly iceServersFor: (userId: UserId) => IceServer[];
  readonly log: Log;
}

/** A room as its stream and its seats stood before one more was taken. */
interface Before {
  readonly since: StreamId;
  readonly gone: ReadonlySet<string>;
  readonly entered: readonly string[];
}

/** A seat about to be taken. */
interface Taking {
  readonly joiner: Joiner;
  readonly member: Member;
  /** Who will sit there. */
  readonly participant: Participant;
  readonly secret: string;
  /** Who sat there until now, as others know them; null when it is a new seat. */
  readonly before: Participant | null;
  readonly offer: string;
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
  ): Promise<{ page: Attachment; result: MethodResult<"join"> }> {
    const { gate, keeper } = this.options;
    const { meta } = await gate.live(params.roomId);
    const taking = await this.#seatFor(joiner, params, meta);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error("not ready in time")), LIMIT_MS);
    try {
      const deadline = AbortSignal.any([signal, limit.signal]);
      const joined = await this.#untilReady(taking, deadline, signal);
      if (taking.before !== null) count("roomcast_resumes_total", { outcome: "rejoined" });
      return joined;
    } catch (err) {
      if (taking.before === null) await keeper.drop(taking.member);
      else await keeper.vacate(taking.member);
      throw err;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The seat that the person had, if they prove it, else a new one. */
  async #seatFor(joiner: Joiner, params: JoinParams, meta: RoomMeta): Promise<Taking> {
    const { pins, keeper, returning } = this.options;
    const { claims, address, way = "page", admitted = false } = joiner;
    const { roomId, name, muted, seat, secret = newSeatSecret(), pin, sdp: offer } = params;
    const had = seat === undefined
      ? null
      : await returning.takeBack({ seat, secret, userId: claims.sub }, roomId);
    const role: Participant["role"] = mayHost(meta, claims) ? "host" : "speaker";
    if (had !== null) {
      const before = had.participant;
      const participant: Participant = { ...before, role, muted, name: name ?? before.name };
      return { joiner, member: had, participant, secret, before, offer };
    }
    // Whoever had a seat in the room knew its PIN then.
    const known = role === "host" || admitted;
    if (!known) await pins.check(meta, pin, { userId: claims.sub, address });
    const participant: Participant = {
      id: newSeatId(claims.sub, way),
      userId: claims.sub,
      name: name ?? claims.name,
      role,
      muted,
    };
    const secretHash = hashSeatSecret(secret);
    const member = keeper.create({ roomId, participant, secretHash, fence: 1 });
    return { joiner, member, participant, secret, before: null, offer };
  }

  /** A Janus that was restarted gets its rooms back a moment after it answers again: so ask again. */
  async #untilReady(taking: Taking, deadline: AbortSignal, signal: AbortSignal) {
    for (;;) {
      const room = await this.options.gate.ready(taking.member.roomId, deadline);
      try {
        return await this.#sit(taking, room, deadline, signal);
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

  async #sit(taking: Taking, room: LiveRoom, deadline: AbortSignal, signal: AbortSignal) {
    const { nodes, links, hub, keeper } = this.options;
    const { member, participant, secret, before, offer } = taking;
    const { roomId } = member;
    const { liveId, janusId } = room.livemeta;
    const node = nodes.get("janus", janusId);
    if (node === null) throw new AppError("unavailable", "The room's media server is away");
    const asking = this.#before(roomId);
    const soon = AbortSignal.any([deadline, AbortSignal.timeout(REACH_MS)]);
    const janus = await links.get(node.url, soon);
    const place = { liveId, janusId, url: node.url, janus };
    const { since, entered, gone } = await asking;
    const { sdp, others } = await member.sit(place, offer, participant, before !== null);
    signal.throwIfAborted();
    if (member.phase === "over") throw new AppError("unavailable", "The seat was lost at once");
    const changed = before !== null &&
      (before.name !== participant.name || before.muted !== participant.muted);
    member.announce(changed);
    const page = member.attach(taking.joiner.notify);
    keeper.seated(member, since);
    const here = others.filter(({ id }) => !gone.has(id));
    const present = this.#withoutStale(member, here);
    const ids = new Set(present.map(({ id }) => id));
    for (const seat of entered) {
      if (!ids.has(seat) && seat !== participant.id) hub.sawLeaving(roomId, seat);
    }
    const result = {
      seat: participant.id,
      secret,
      sdp,
      iceServers: this.options.iceServersFor(participant.userId),
      participants: [participant, ...present],
      room: roomView(room.meta, room, Date.now(), nodes),
      lastEventId: since,
    };
    return { page, result };
  }

  /**
   * Others in the room, without seats that the person has left behind: a page that was loaded anew knows no secret. A
   * person has one connection, so any other seat of theirs is nobody's; but an encoder speaks beside its owner's page.
   */
  #withoutStale(member: Member, others: Participant[]): Participant[] {
    const { keeper, roomLog } = this.options;
    const { id, userId } = member.participant;
    const same = (other: Participant) => wayOfSeat(other.id) === wayOfSeat(id) && other.id !== id;
    for (const old of keeper.waitingFor(userId)) if (same(old.participant)) void keeper.end(old);
    const stale = others.filter((other) => other.userId === userId && same(other));
    for (const old of stale) {
      Promise.all([member.putOut(old.id), roomLog.retire(member.roomId, old.id, true)])
        .catch((err) => this.options.log.debug({ err }, "a seat left behind was not cleared"));
    }
    return others.filter((other) => !stale.includes(other));
  }

  /**
   * Where the room's events stand, who left of late, and who had a seat, before ours is taken: whoever of those is not
   * on Janus after that has left. Without Redis: from now on, and nobody.
   */
  async #before(roomId: RoomId): Promise<Before> {
    const { roomLog } = this.options;
    try {
      const [recent, entered] = await Promise.all([roomLog.recent(roomId), roomLog.seats(roomId)]);
      return { ...recent, entered };
    } catch {
      return { since: `${Date.now()}-0`, gone: new Set(), entered: [] };
    }
  }
}

function mayHost(meta: RoomMeta, { sub, role }: AccessClaims): boolean {
  return meta.owner.id === sub || role === "admin";
}
