import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Attachment } from "./attachment.ts";
import type { JanusLinks } from "./janus_links.ts";
import { Member, type MemberOptions, type Place } from "./member.ts";
import type { RoomGate } from "./room_gate.ts";
import type { RoomHub } from "./room_hub.ts";
import type { RoomLog } from "./room_log.ts";
import type { StreamId } from "./stream_id.ts";
import type { ClaimKind, SeatRecords } from "./seat_records.ts";

/** What becomes of the seat of a page whose socket ended. */
export const SEAT_FATES = {
  end: "The page is gone for good: the seat is given back.",
  park: "The page may come back over another socket: the seat waits for it.",
  yield:
    "Another socket of the same person was opened: the page has a moment to take its seat up over that.",
} as const;
export type SeatFate = keyof typeof SEAT_FATES;

/** How long (ms) a seat waits for its page when a newer socket of the same person took over. */
const YIELD_MS = 5000;
/** How long (ms) an end that needs Redis's word waits when there is none. */
const END_AGAIN_MS = 2000;
/** How long (ms) a seat may take to be claimed again after the connection to its Janus broke. */
const RECLAIM_MS = 4000;

export interface SeatKeeperOptions {
  readonly records: SeatRecords;
  readonly links: JanusLinks;
  readonly gate: RoomGate;
  readonly hub: RoomHub;
  readonly roomLog: RoomLog;
  /** How long (ms) a seat waits for its page. */
  readonly parkMs: number;
  readonly log: Log;
}

/** All seats that this gateway has, and what becomes of each when its page, its Janus or this gateway goes. */
export class SeatKeeper implements Running {
  readonly #seats = new Map<string, Member>();
  /** The seats that Redis is being asked to end: a renewal on its heels would make them anew. */
  readonly #ending = new Set<Member>();
  /** The seats that wait for their pages, with when that ends. */
  readonly #waits = new Map<Member, { timer: ReturnType<typeof setTimeout>; untilMs: number }>();
  #renewal: ReturnType<typeof setInterval> | undefined;
  #stopping = false;

  constructor(private readonly options: SeatKeeperOptions) {}

  start(): void {
    this.#renewal ??= setInterval(() => this.renewAll(), renewalMs(this.options.parkMs));
  }

  /** Leaves every seat to whichever gateway its page comes to. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#renewal);
    await Promise.all([...this.#seats.values()].map((member) => this.#handOver(member)));
  }

  /** How many seats there are, and how many of them wait for their pages. */
  get counts(): { readonly all: number; readonly waiting: number } {
    return { all: this.#seats.size, waiting: this.#waits.size };
  }

  /** The seat, if this gateway has it. */
  find(seat: string): Member | undefined {
    return this.#seats.get(seat);
  }

  /** A seat that has no place on Janus yet. */
  create(
    seat: Pick<MemberOptions, "roomId" | "participant" | "secretHash" | "fence" | "receiving">,
  ): Member {
    const { roomLog, log, hub } = this.options;
    const member = new Member({
      ...seat,
      roomLog,
      log,
      watcher: {
        sawLeaving: (room, id) => hub.sawLeaving(room, id),
        onLost: (lost, reason) => void this.#lost(lost, reason),
        onCut: (cut, place) => void this.#reclaim(cut, place),
      },
    });
    this.#seats.set(seat.participant.id, member);
    return member;
  }

  /** The seat has a place on Janus: it is told of its room, and Redis of it. */
  seated(member: Member, since: StreamId): void {
    this.#unwait(member);
    this.options.hub.add(member, since);
    this.#renew(member, false);
  }

  /** The page's socket ended. */
  async leave(page: Attachment, fate: SeatFate): Promise<void> {
    const { member } = page;
    // A page that goes closes its sound first: that may have been heard before its goodbye.
    if (fate === "end" && member.waitsFor(page)) return await this.end(member);
    if (!member.isWith(page)) return;
    if (fate === "end") return await this.end(member);
    member.detach();
    if (this.#stopping) return await this.#handOver(member);
    const { parkMs } = this.options;
    this.#wait(member, fate === "yield" ? Math.min(YIELD_MS, parkMs) : parkMs);
  }

  /** The seat's place is taken away; the page may come back to the same seat if `rejoin`. */
  kick(member: Member, reason: string, rejoin: boolean): void {
    if (member.phase === "over" || member.phase === "vacant") return;
    member.notify("kicked", { reason, rejoin });
    if (rejoin) void this.vacate(member);
    else void this.end(member);
  }

  /** The seat has no place on Janus; its person is waited for. */
  async vacate(member: Member): Promise<void> {
    member.detach();
    this.options.hub.remove(member);
    const standing = member.stand("stop");
    this.#renew(member, false);
    const left = this.#waits.get(member)?.untilMs;
    this.#wait(member, left === undefined ? this.options.parkMs : left - Date.now());
    await standing;
  }

  /** Gives the seat back, and tells the room. Never rejects. */
  async end(member: Member): Promise<void> {
    const { hub, log } = this.options;
    if (member.phase === "over") return;
    const here = member.phase === "seated";
    // A page that is here has its seat from nobody else. One that is away may have come to another gateway.
    if (!here && !await this.#mayEnd(member)) return;
    // A page that came back in the very moment its seat was given up can have it again.
    if (!here) member.notify("kicked", { reason: "the seat waited for too long", rejoin: true });
    this.#forget(member);
    hub.remove(member);
    const telling = here ? this.#tellEnd(member) : Promise.resolve();
    const results = await Promise.allSettled([member.stand("stop"), telling]);
    for (const result of results) {
      if (result.status === "fulfilled") continue;
      log.warn({ err: result.reason, room: member.roomId }, "a seat was not given back cleanly");
    }
  }

  /** Another gateway has the seat. Never rejects. */
  async letGo(member: Member, kind: ClaimKind): Promise<void> {
    this.#forget(member);
    this.options.hub.remove(member);
    await member.stand(kind === "resume" ? "abandon" : "stop");
  }

  /** A seat that came to nothing: nobody was told of it. */
  async drop(member: Member): Promise<void> {
    this.#forget(member);
    this.options.hub.remove(member);
    await member.stand("stop");
  }

  /** Whether the seat is still ours as far as can be told; lets go of one that is not. */
  async confirm(member: Member): Promise<boolean> {
    const ours = await this.options.records.put(member.record, member.fence, member.announced)
      .catch(() => true);
    if (!ours) await this.letGo(member, "resume");
    return ours;
  }

  /** The seats of a person that wait for a page. */
  waitingFor(userId: string): Member[] {
    return [...this.#waits.keys()].filter((member) => member.participant.userId === userId);
  }

  /** Tells Redis of every seat, and finds out which are others' by now. */
  renewAll(): void {
    for (const member of this.#seats.values()) this.#renew(member, member.announced);
  }

  #renew(member: Member, enter: boolean): void {
    if (this.#seats.get(member.participant.id) !== member || this.#ending.has(member)) return;
    this.options.records.put(member.record, member.fence, enter).then((ours) => {
      if (!ours && member.phase !== "over") void this.letGo(member, "resume");
    }).catch((err) => {
      this.options.log.debug({ err, room: member.roomId }, "a seat's record was not kept");
    });
  }

  #wait(member: Member, ms: number): void {
    this.#unwait(member);
    const timer = setTimeout(() => void this.end(member), Math.max(0, ms));
    this.#waits.set(member, { timer, untilMs: Date.now() + ms });
  }

  #unwait(member: Member): void {
    clearTimeout(this.#waits.get(member)?.timer);
    this.#waits.delete(member);
  }

  #forget(member: Member): void {
    this.#unwait(member);
    const { id } = member.participant;
    if (this.#seats.get(id) === member) this.#seats.delete(id);
    member.finish();
  }

  /** Only Redis can tell whether a seat whose page is away is still ours: without it, the seat waits on. */
  async #mayEnd(member: Member): Promise<boolean> {
    this.#ending.add(member);
    try {
      const { roomId, participant, fence } = member;
      const ours = await this.options.records.end(roomId, participant.id, fence);
      if (member.phase === "over") return false;
      if (!ours) await this.letGo(member, "resume");
      return ours;
    } catch {
      if (member.phase !== "over" && !this.#stopping) this.#wait(member, END_AGAIN_MS);
      return false;
    } finally {
      this.#ending.delete(member);
    }
  }

  async #tellEnd({ roomId, participant, fence }: Member): Promise<void> {
    await this.options.records.end(roomId, participant.id, fence);
  }

  async #lost(member: Member, reason: string): Promise<void> {
    const over = await this.options.gate.isOver(member.roomId);
    this.kick(member, over ? "room over" : reason, !over);
  }

  /** The connection to Janus broke, and the seat's session may live: it is claimed over the next connection. */
  async #reclaim(member: Member, broken: Place): Promise<void> {
    const { records, links, log } = this.options;
    const { location } = member.record;
    const limit = AbortSignal.timeout(RECLAIM_MS);
    const stillThere = () => member.place === broken && member.phase !== "over";
    try {
      if (location === null) return;
      const ours = await records.put(member.record, member.fence, false)
        .catch(() => member.phase === "seated");
      if (!stillThere()) return;
      if (!ours) return void await this.letGo(member, "resume");
      const janus = await links.after(broken.janus, broken.url, limit);
      if (!stillThere()) return;
      await member.claim({ ...broken, janus }, location);
      log.debug({ room: member.roomId }, "a seat was claimed again");
    } catch {
      if (stillThere()) await this.#lost(member, "the connection to the media server broke");
    }
  }

  async #handOver(member: Member): Promise<void> {
    if (member.phase === "over") return;
    try {
      const { record, fence } = member;
      const kept = record.location !== null && await this.options.records.put(record, fence, false);
      if (kept || record.location === null) {
        this.options.hub.remove(member);
        this.#forget(member);
        await member.stand("abandon");
      } else await this.letGo(member, "resume");
    } catch {
      this.options.hub.remove(member);
      this.#forget(member);
      await member.stand("stop");
    }
  }
}

/** How often (ms) Redis is told of a seat; its record outlives that by how long a seat waits. */
export function renewalMs(parkMs: number): number {
  return Math.min(10_000, Math.ceil(parkMs / 3));
}
