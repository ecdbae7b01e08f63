import { AppError } from "../../contracts/errors.ts";
import { bridgeRoom } from "../../contracts/janus.ts";
import type { LiveId, NodeId, RoomId } from "../../contracts/ids.ts";
import type {
  IceCandidate,
  Notification,
  NotificationParams,
  Participant,
} from "../../contracts/rpc.ts";
import type { Log } from "../../platform/log.ts";
import type { AudioBridgeSeat, JanusConnection, SeatEvents } from "../../platform/janus/types.ts";
import { encodeDisplay, toParticipant } from "./display.ts";
import { onJanus } from "./janus_errors.ts";
import type { RoomHub } from "./room_hub.ts";
import type { RoomGate } from "./room_gate.ts";
import type { RoomLog } from "./room_log.ts";

/** An answer that takes the audio: a refused media line has port 0 (RFC 3264 §6). */
const ACTIVE_AUDIO = /^m=audio [1-9]/m;

/** Tells the page something. */
export type Notify = <N extends Notification>(method: N, params: NotificationParams<N>) => void;

export interface MemberOptions {
  readonly roomId: RoomId;
  readonly liveId: LiveId;
  readonly janusId: NodeId;
  readonly participant: Participant;
  readonly notify: Notify;
  readonly hub: RoomHub;
  readonly gate: RoomGate;
  readonly roomLog: RoomLog;
  readonly log: Log;
}

/** Somebody with a seat in a room: one handle on its Janus. It ends once, for whatever reason. */
export class Member {
  readonly #ended = Promise.withResolvers<void>();
  #participant: Participant;
  #seat: AudioBridgeSeat | undefined;
  #ending: Promise<void> | undefined;
  /** True while the room's event stream says less of this seat than we know. */
  #untold = false;

  constructor(private readonly options: MemberOptions) {
    this.#participant = options.participant;
  }

  get roomId(): RoomId {
    return this.options.roomId;
  }

  get liveId(): LiveId {
    return this.options.liveId;
  }

  get janusId(): NodeId {
    return this.options.janusId;
  }

  get participant(): Participant {
    return this.#participant;
  }

  get notify(): Notify {
    return this.options.notify;
  }

  /** Resolves as soon as the seat is being given back. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get over(): boolean {
    return this.#ending !== undefined;
  }

  /** Takes the seat. Call {@link end} when it throws. @throws JanusError, or AppError `media_failed`. */
  async sit(
    janus: JanusConnection,
    offer: string,
  ): Promise<{ sdp: string; others: Participant[] }> {
    const { id, muted } = this.#participant;
    this.#seat = await janus.seat(this.#events());
    const { sdp, participants } = await this.#seat.join({
      room: bridgeRoom(this.roomId),
      id,
      display: encodeDisplay(this.#participant),
      muted,
      sdp: offer,
    });
    if (!ACTIVE_AUDIO.test(sdp)) {
      throw new AppError("media_failed", "Offer one audio track that Opus can carry");
    }
    void janus.broken.then(() => this.#lost("the connection to the media server broke"));
    return { sdp, others: participants.filter((other) => other.id !== id).map(toParticipant) };
  }

  /** @throws AppError `media_failed` */
  async trickle(candidate: IceCandidate): Promise<void> {
    await onJanus(this.#sat().trickle(candidate));
  }

  /** @throws AppError `media_failed` */
  async participants(): Promise<Participant[]> {
    return (await onJanus(this.#sat().participants())).map(toParticipant);
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

  /** Tells the room's event stream that the seat is taken. */
  announce(): void {
    this.#tell(this.options.roomLog.announce(this.roomId, this.#participant));
  }

  /** After Redis was away: tells what could not be told. */
  catchUp(): void {
    const again = this.#untold;
    this.#untold = false;
    this.#tell(this.options.roomLog.announce(this.roomId, this.#participant, again));
  }

  /** The seat is taken away; the page may take another if `rejoin`. */
  kick(reason: string, rejoin: boolean): void {
    if (this.over) return;
    this.notify("kicked", { reason, rejoin });
    void this.end();
  }

  /** Gives the seat back. Never rejects. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const { hub, roomLog, log } = this.options;
    this.#ended.resolve();
    hub.remove(this);
    const results = await Promise.allSettled([
      this.#seat?.stop(),
      roomLog.retire(this.roomId, this.#participant.id),
    ]);
    for (const result of results) {
      if (result.status === "fulfilled") continue;
      log.warn({ err: result.reason, room: this.roomId }, "a seat was not given back cleanly");
    }
  }

  #sat(): AudioBridgeSeat {
    if (this.#seat === undefined) throw new Error("Cannot use a seat before it was taken");
    return this.#seat;
  }

  #tell(telling: Promise<void>): void {
    telling.catch((err) => {
      this.#untold = true;
      this.options.log.debug({ err, room: this.roomId }, "a room event was not kept");
    });
  }

  async #lost(reason: string): Promise<void> {
    if (this.over) return;
    const over = await this.options.gate.isOver(this.roomId);
    this.kick(over ? "room over" : reason, !over);
  }

  #events(): SeatEvents {
    const own = this.#participant.id;
    return {
      onParticipants: () => {},
      onLeaving: (seat) => {
        if (seat !== own) this.options.hub.sawLeaving(this.roomId, seat);
      },
      onTalking: (seat, talking) => this.notify("talking", { seat, talking }),
      onWebrtcUp: () => this.notify("media", { connected: true }),
      onHangup: (reason) => {
        if (this.over) return;
        this.notify("media", { connected: false, reason });
        void this.#lost(`the media connection ended: ${reason}`);
      },
      onGone: (reason) => void this.#lost(reason),
      onCut: (reason) => void this.#lost(reason),
    };
  }
}
