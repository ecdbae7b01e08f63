import { AppError } from "../../contracts/errors.ts";
import type { RoomId } from "../../contracts/ids.ts";
import { roomView } from "../../contracts/room_view.ts";
import type { MethodResult, METHODS } from "../../contracts/rpc.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import { JanusError } from "../../platform/janus/types.ts";
import type { Log } from "../../platform/log.ts";
import { count } from "../../platform/metrics.ts";
import type { z } from "zod";
import type { Attachment, Notify } from "./attachment.ts";
import type { JanusLinks } from "./janus_links.ts";
import type { Joiner } from "./joining.ts";
import type { Member } from "./member.ts";
import type { LiveRoom, RoomGate } from "./room_gate.ts";
import type { RoomEvent, RoomLog } from "./room_log.ts";
import type { SeatKeeper } from "./seat_keeper.ts";
import { proves, type SeatLocation, type SeatProof, type SeatRecord } from "./seat_record.ts";
import type { HeldRecord, SeatRecords } from "./seat_records.ts";
import type { StreamId } from "./stream_id.ts";
import { whoIsHere } from "./who_is_here.ts";

export type ResumeParams = z.output<typeof METHODS["resume"]["params"]>;

/** How long (ms) the seat's Janus may take to be reached. */
const LIMIT_MS = 3000;

export interface ReturningOptions {
  readonly gate: RoomGate;
  readonly nodes: NodeStore;
  readonly links: JanusLinks;
  readonly keeper: SeatKeeper;
  readonly records: SeatRecords;
  readonly roomLog: RoomLog;
  readonly log: Log;
}

/** Gives people the seats that they had, wherever those are. */
export class Returning {
  constructor(private readonly options: ReturningOptions) {}

  /**
   * Gives a page its seat with its sound as it is: this gateway has it still, or takes it over from another.
   *
   * @throws AppError `seat_gone` when it must be joined anew, `room_not_live`, or `unavailable`: try again.
   */
  async resume(
    joiner: Joiner,
    { seat, secret, lastEventId }: ResumeParams,
  ): Promise<{ page: Attachment; result: MethodResult<"resume"> }> {
    const proof = { seat, secret, userId: joiner.claims.sub };
    try {
      const here = await this.#here(proof);
      const member = here ?? await this.#claimProven(proof);
      const resumed = await this.#attach(joiner, member, lastEventId);
      count("roomcast_resumes_total", { outcome: here ? "same_gateway" : "claimed" });
      return resumed;
    } catch (err) {
      const refused = err instanceof AppError && err.code !== "unavailable";
      count("roomcast_resumes_total", { outcome: refused ? "refused" : "failed" });
      throw err;
    }
  }

  /**
   * The seat for another `join` in the room, without a place on Janus; null when it cannot be had. Never rejects.
   */
  async takeBack(proof: SeatProof, roomId: RoomId): Promise<Member | null> {
    const { keeper, records, log } = this.options;
    const here = keeper.find(proof.seat);
    if (here !== undefined) {
      if (!proves(proof, here.record) || here.roomId !== roomId) return null;
      void keeper.vacate(here);
      return here;
    }
    try {
      const held = await records.read(proof.seat);
      if (held === null || !proves(proof, held.record) || held.record.roomId !== roomId) {
        return null;
      }
      const fence = await records.claim(proof.seat, held, "rejoin");
      return fence === null ? null : keeper.create({ ...held.record, fence });
    } catch (err) {
      log.debug({ err, room: roomId }, "a seat could not be taken back");
      return null;
    }
  }

  /** The seat, if this gateway has it and no other took it over unheard. */
  async #here(proof: SeatProof): Promise<Member | null> {
    const member = this.options.keeper.find(proof.seat);
    if (member === undefined) return null;
    const resumable = member.phase === "seated" || member.phase === "parked";
    if (!resumable || !proves(proof, member.record)) throw gone();
    return await this.options.keeper.confirm(member) ? member : null;
  }

  /**
   * Gives this gateway a seat that no page has, with its sound as it is.
   *
   * @param assertAllowed Throws when who asks may not have it.
   * @throws AppError `seat_gone`, `room_not_live`, or `unavailable`: try again.
   */
  async adopt(
    seat: string,
    notify: Notify,
    assertAllowed: (record: SeatRecord) => void,
  ): Promise<Attachment> {
    const { keeper, records, roomLog } = this.options;
    const held = await records.read(seat);
    if (held === null) throw gone();
    assertAllowed(held.record);
    const { since } = await roomLog.recent(held.record.roomId);
    try {
      const member = await this.#claim(seat, held);
      const page = member.attach(notify);
      keeper.seated(member, since);
      return page;
    } catch (err) {
      // Nobody comes back to it: its room is told at once.
      const left = keeper.find(seat);
      if (left?.phase === "vacant") await keeper.end(left);
      throw err;
    }
  }

  async #claimProven(proof: SeatProof): Promise<Member> {
    const held = await this.options.records.read(proof.seat);
    if (held === null || !proves(proof, held.record)) throw gone();
    return await this.#claim(proof.seat, held);
  }

  /** Takes the seat over from the gateway that had it. */
  async #claim(seat: string, held: HeldRecord): Promise<Member> {
    const { records, gate } = this.options;
    const { roomId, location } = held.record;
    const { livemeta } = await gate.live(roomId);
    const there = location?.liveId === livemeta.liveId && location.janusId === livemeta.janusId;
    if (location === null || !there) throw gone();
    const fence = await records.claim(seat, held, "resume");
    if (fence === null) throw new AppError("unavailable", "Another gateway was faster");
    return await this.#takeOver({ fence, record: held.record }, location);
  }

  async #takeOver({ fence, record }: HeldRecord, location: SeatLocation): Promise<Member> {
    const { keeper, links, nodes } = this.options;
    const member = keeper.create({ ...record, fence });
    try {
      const { janusId, liveId } = location;
      const url = nodes.get("janus", janusId)?.url ?? location.url;
      const janus = await links.get(url, AbortSignal.timeout(LIMIT_MS));
      await member.claim({ liveId, janusId, url, janus }, location);
      return member;
    } catch (cause) {
      // A Janus that said no has it no more. One that said nothing may: then the record stays for another try.
      const refused = cause instanceof JanusError && cause.code !== null;
      if (refused) await keeper.vacate(member);
      else await keeper.drop(member);
      if (refused) throw gone(cause);
      throw new AppError("unavailable", "The room's media server cannot be reached", {
        cause,
        retryAfterS: 1,
      });
    }
  }

  async #attach(joiner: Joiner, member: Member, lastEventId: StreamId) {
    const { keeper, nodes } = this.options;
    const room = await this.#room(member);
    const events = await this.#missed(member.roomId, lastEventId);
    const { participants, talking } = await whoIsHere(member, this.options.roomLog);
    const since = events.at(-1)?.id ?? lastEventId;
    const page = member.attach(joiner.notify);
    keeper.seated(member, since);
    const result = {
      seat: member.participant.id,
      participants,
      talking,
      room: roomView(room.meta, room, Date.now(), nodes),
      lastEventId: since,
      events,
    };
    return { page, result };
  }

  /** @throws AppError `seat_gone` when the seat was lost meanwhile */
  async #room(member: Member): Promise<LiveRoom> {
    const room = await this.options.gate.live(member.roomId);
    if (member.place === null) throw gone();
    return room;
  }

  /** Without Redis nothing can be said of what was missed; it is told when Redis is back. */
  async #missed(room: RoomId, after: StreamId): Promise<RoomEvent[]> {
    try {
      return await this.options.roomLog.after(room, after);
    } catch {
      return [];
    }
  }
}

function gone(cause?: unknown): AppError {
  const options = cause === undefined ? {} : { cause };
  return new AppError("seat_gone", "Join the room again: your place there is gone", options);
}
