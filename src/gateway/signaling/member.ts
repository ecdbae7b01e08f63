import { AppError } from "../../contracts/errors.ts";
import { bridgeRoom } from "../../contracts/janus.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type {
  IceCandidate,
  Notification,
  NotificationParams,
  Participant,
} from "../../contracts/rpc.ts";
import type { Log } from "../../platform/log.ts";
import type { AudioBridgeSeat, JanusConnection, SeatEvents } from "../../platform/janus/types.ts";
import { Attachment, type Notify } from "./attachment.ts";
import { encodeDisplay, toParticipant } from "./display.ts";
import { onJanus } from "./janus_errors.ts";
import type { RoomLog } from "./room_log.ts";
import type { SeatLocation, SeatRecord } from "./seat_record.ts";

/** What each phase of a seat means. */
export const SEAT_PHASES = {
  seated: "A page has it, and its sound goes through Janus.",
  parked: "Its page's socket broke: its sound goes on while the page is waited for.",
  vacant: "It has no place on Janus; its person is waited for to join with it again.",
  over: "It was given back, or another gateway has it.",
} as const;
export type SeatPhase = keyof typeof SEAT_PHASES;

/** An answer that takes the audio: a refused media line has port 0 (RFC 3264 §6). */
const ACTIVE_AUDIO = /^m=audio [1-9]/m;

/** The Janus a seat is to be on, and for which broadcast. */
export type Place = Pick<SeatLocation, "liveId" | "janusId" | "url"> & {
  readonly janus: JanusConnection;
};

/** Who is told what becomes of seats on their Janus. */
export interface SeatWatcher {
  /** Somebody else left the room. */
  readonly sawLeaving: (room: RoomId, seat: string) => void;
  /** The seat's place on Janus is gone. */
  readonly onLost: (member: Member, reason: string) => void;
  /** The connection to Janus broke; the place may be there still. */
  readonly onCut: (member: Member, place: Place) => void;
}

export interface MemberOptions {
  readonly roomId: RoomId;
  readonly participant: Participant;
  readonly secretHash: string;
  readonly fence: number;
  /** As its record says. Default: null. */
  readonly receiving?: boolean | null;
  readonly watcher: SeatWatcher;
  readonly roomLog: RoomLog;
  readonly log: Log;
}

/** A seat in a room that this gateway has: at most one place on Janus, and at most one page. */
export class Member {
  /** Told when its sound begins to reach Janus, and when it no longer does. */
  onReceiving: () => void = () => {};
  #receiving: boolean | null;
  #participant: Participant;
  #seat: AudioBridgeSeat | null = null;
  #place: Place | null = null;
  #listening: SeatEvents | null = null;
  #page: Attachment | null = null;
  #lastPage: Attachment | null = null;
  #over = false;
  /** True while the room's event stream says less of this seat than we know. */
  #untold = false;
  #announced = false;

  constructor(private readonly options: MemberOptions) {
    this.#participant = options.participant;
    this.#receiving = options.receiving ?? null;
  }

  get roomId(): RoomId {
    return this.options.roomId;
  }

  get fence(): number {
    return this.options.fence;
  }

  get participant(): Participant {
    return this.#participant;
  }

  get place(): Place | null {
    return this.#place;
  }

  /** Whether Janus gets its sound, by what Janus last said; null: it said nothing yet. */
  get receiving(): boolean | null {
    return this.#receiving;
  }

  get phase(): SeatPhase {
    if (this.#over) return "over";
    if (this.#place === null) return "vacant";
    return this.#page === null ? "parked" : "seated";
  }

  /** All that another gateway needs to know. */
  get record(): SeatRecord {
    const { roomId, secretHash } = this.options;
    const [at, place] = [this.#seat?.place, this.#place];
    const location = at && place && {
      liveId: place.liveId,
      janusId: place.janusId,
      url: place.url,
      sessionId: at.sessionId,
      handleId: at.handleId,
    };
    const [participant, receiving] = [this.#participant, this.#receiving];
    return { roomId, secretHash, participant, location: location ?? null, receiving };
  }

  notify<N extends Notification>(method: N, params: NotificationParams<N>): void {
    this.#page?.notify(method, params);
  }

  /** Gives the seat to a page; another that had it has it no more. */
  attach(notify: Notify): Attachment {
    this.#page?.end();
    this.#lastPage = this.#page = new Attachment(this, notify);
    return this.#page;
  }

  /** Takes the seat from the page that has it, whichever. */
  detach(): void {
    this.#page?.end();
    this.#page = null;
  }

  /** Whether the seat is with this page, and not with a newer one. */
  isWith(page: Attachment): boolean {
    return this.#page === page;
  }

  /** Whether the seat has no place on Janus, and it is this page that it waits for. */
  waitsFor(page: Attachment): boolean {
    return this.phase === "vacant" && this.#lastPage === page;
  }

  /**
   * Takes a place on Janus for the person, who is `participant` from now on.
   *
   * @param again The person was there before: whoever has the seat on Janus is put out.
   * @throws JanusError, or AppError `media_failed`.
   */
  async sit(
    place: Place,
    offer: string,
    participant: Participant,
    again: boolean,
  ): Promise<{ sdp: string; others: Participant[] }> {
    const { id, muted } = participant;
    const events = this.#eventsAt(place);
    const seat = await place.janus.seat(events);
    try {
      const { sdp, participants } = await seat.join({
        room: bridgeRoom(this.roomId),
        id,
        display: encodeDisplay(participant),
        muted,
        sdp: offer,
        instead: again,
      });
      if (!ACTIVE_AUDIO.test(sdp)) {
        throw new AppError("media_failed", "Offer one audio track that Opus can carry");
      }
      this.#participant = participant;
      this.#take(seat, place, events);
      return { sdp, others: participants.filter((other) => other.id !== id).map(toParticipant) };
    } catch (err) {
      await seat.stop();
      throw err;
    }
  }

  /** Takes over the place that the seat has on Janus from another connection. @throws JanusError */
  async claim(place: Place, at: Pick<SeatLocation, "sessionId" | "handleId">): Promise<void> {
    const { sessionId, handleId } = at;
    const where = { sessionId, handleId, room: bridgeRoom(this.roomId), id: this.#participant.id };
    const events = this.#eventsAt(place);
    this.#take(await place.janus.claim(where, events), place, events);
  }

  /** Has no place on Janus any more. @param how Whether Janus is told, or somebody else has it. */
  async stand(how: "stop" | "abandon"): Promise<void> {
    const seat = this.#seat;
    this.#seat = null;
    this.#place = null;
    this.#listening = null;
    if (how === "abandon") seat?.abandon();
    else await seat?.stop();
  }

  /** The seat is no longer ours to give. */
  finish(): void {
    this.#over = true;
    this.detach();
  }

  /** @throws AppError `media_failed` */
  async trickle(candidate: IceCandidate): Promise<void> {
    await onJanus(this.#sat().trickle(candidate));
  }

  /** Who is in the room by what Janus says, and who talks. @throws AppError `media_failed` */
  async presence(): Promise<{ participants: Participant[]; talking: string[] }> {
    const all = await onJanus(this.#sat().participants());
    const own = all.find(({ id }) => id === this.#participant.id);
    if (own !== undefined) this.#participant = { ...this.#participant, muted: own.muted };
    const talking = all.filter((one) => one.talking).map(({ id }) => id);
    return { participants: all.map(toParticipant), talking };
  }

  /** Whether its media connection is up, by what Janus says. @throws AppError `media_failed` */
  async connected(): Promise<boolean> {
    const all = await onJanus(this.#sat().participants());
    return all.some(({ id, connected }) => id === this.#participant.id && connected);
  }

  /** Puts somebody else out of the room. @throws AppError `media_failed` */
  async putOut(seat: string): Promise<void> {
    await onJanus(this.#sat().putOut(seat));
  }

  /** @throws AppError `media_failed` */
  async configure(
    change: { muted?: boolean | undefined; name?: string | undefined },
  ): Promise<Participant> {
    const before = this.#participant;
    const { muted = before.muted, name = before.name } = change;
    const after = { ...before, muted, name };
    if (muted === before.muted && name === before.name) return before;
    await onJanus(
      this.#sat().configure({
        ...(muted === before.muted ? {} : { muted }),
        ...(name === before.name ? {} : { display: encodeDisplay(after) }),
      }),
    );
    this.#participant = after;
    const { roomLog } = this.options;
    const seat = after.id;
    if (muted !== before.muted) this.#tell(roomLog.publish(this.roomId, "muted", { seat, muted }));
    if (name !== before.name) this.#tell(roomLog.publish(this.roomId, "renamed", { seat, name }));
    return after;
  }

  /** Whether the room was told of the seat, by us or by who had it before: until then nobody may enter it. */
  get announced(): boolean {
    return this.#announced || this.fence > 1;
  }

  /** Tells the room's event stream that the seat is taken. @param again Even if it says so. */
  announce(again = false): void {
    this.#announced = true;
    this.#tell(this.options.roomLog.announce(this.roomId, this.#participant, again));
  }

  /** After Redis was away: tells what could not be told. */
  catchUp(): void {
    const again = this.#untold;
    this.#untold = false;
    this.announce(again);
  }

  #take(seat: AudioBridgeSeat, place: Place, events: SeatEvents): void {
    this.#seat?.abandon();
    this.#seat = seat;
    this.#place = place;
    this.#listening = events;
  }

  #sat(): AudioBridgeSeat {
    if (this.#seat !== null) return this.#seat;
    throw new AppError("unavailable", "The seat is between two media servers", { retryAfterS: 1 });
  }

  #tell(telling: Promise<void>): void {
    telling.catch((err) => {
      this.#untold = true;
      this.options.log.debug({ err, room: this.roomId }, "a room event was not kept");
    });
  }

  /** What the seat hears of Janus. An end of a place that is not ours any more, or not yet, says nothing. */
  #eventsAt(place: Place): SeatEvents {
    const { watcher } = this.options;
    const own = this.#participant.id;
    const current = () => this.#listening === events;
    const events: SeatEvents = {
      onParticipants: () => {},
      onLeaving: (id) => {
        if (id !== own) watcher.sawLeaving(this.roomId, id);
      },
      onTalking: (id, talking) => this.notify("talking", { seat: id, talking }),
      onWebrtcUp: () => this.notify("media", { connected: true }),
      onReceiving: (receiving) => {
        this.#receiving = receiving;
        this.onReceiving();
      },
      onHangup: (reason) => {
        if (!current()) return;
        this.notify("media", { connected: false, reason });
        watcher.onLost(this, `the media connection ended: ${reason}`);
      },
      onGone: (reason) => {
        if (current()) watcher.onLost(this, reason);
      },
      onCut: () => {
        if (current()) watcher.onCut(this, place);
      },
    };
    return events;
  }
}
