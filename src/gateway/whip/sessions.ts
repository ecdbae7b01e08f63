import { AppError } from "../../contracts/errors.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type { IceCandidate, IceServer } from "../../contracts/rpc.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import { backoffMs, sleep } from "../../platform/backoff.ts";
import type { Log } from "../../platform/log.ts";
import { count } from "../../platform/metrics.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Attachment, Notify } from "../signaling/attachment.ts";
import type { Joining } from "../signaling/joining.ts";
import type { Returning } from "../signaling/returning.ts";
import { wayOfSeat } from "../signaling/seat_id.ts";
import type { SeatKeeper } from "../signaling/seat_keeper.ts";
import type { SeatRecord } from "../signaling/seat_record.ts";
import { type SessionPass, WhipSession } from "./session.ts";
import type { SeatTurns } from "./seat_turns.ts";
import { findKey, type Speaker } from "./speakers.ts";

/** How often a session that moves between gateways while it is asked for is looked for. */
const MAX_TRIES = 8;

/** Encoders are told nothing: they have no socket. */
const tellNothing: Notify = () => {};

export interface WhipSessionsOptions {
  readonly joining: Pick<Joining, "join">;
  readonly returning: Pick<Returning, "adopt">;
  readonly keeper: Pick<SeatKeeper, "leave" | "confirm">;
  readonly turns: Pick<SeatTurns, "take">;
  readonly rooms: Pick<RoomStore, "get" | "onChange">;
  /** This gateway has a session more. */
  readonly onHeld: (seat: string) => void;
  /** How long (ms) an encoder may take to connect. */
  readonly connectLimitMs: number;
  /** How long (ms) an encoder may send nothing. */
  readonly silenceLimitMs: number;
  readonly log: Log;
}

/** What a new session's encoder is told. */
export interface OpenedSession {
  readonly seat: string;
  /** The SDP answer. */
  readonly sdp: string;
  readonly iceServers: readonly IceServer[];
}

/**
 * The encoders that this gateway has. A session is a seat like any other, so any gateway that is asked for it can take it
 * over; it ends with its sound, its room, or its key.
 */
export class WhipSessions implements Running {
  readonly #sessions = new Map<string, WhipSession>();
  #unlisten: () => void = () => {};
  readonly #stop = new AbortController();
  /** Seats that are being taken over, for several requests may ask for the same one. */
  readonly #adopting = new Map<string, Promise<WhipSession>>();

  constructor(private readonly options: WhipSessionsOptions) {}

  start(): void {
    this.#unlisten = this.options.rooms.onChange((id) => this.#endRevoked(id));
  }

  /** Takes no more; those there are stay, for the keeper hands their seats over. */
  stop(): Promise<void> {
    this.#stop.abort(goneElsewhere());
    this.#unlisten();
    return Promise.resolve();
  }

  /** Takes a seat for an encoder. @throws AppError as `join` over a socket does. */
  async open(
    speaker: Speaker,
    roomId: RoomId,
    offer: string,
    address: string,
  ): Promise<OpenedSession> {
    this.#assertServing();
    const { claims, keyId } = speaker;
    const admitted = keyId !== null;
    const joiner = { claims, address, notify: tellNothing, way: "whip", admitted } as const;
    const params = { roomId, muted: false, sdp: offer };
    const { page, result } = await this.options.joining.join(joiner, params, this.#stop.signal);
    this.#keep(result.seat, page, speaker);
    count("roomcast_encoders_total", { event: "came" });
    this.options.log.info({ room: roomId, userId: claims.sub }, "an encoder speaks");
    this.#endRevoked(roomId);
    const { seat, sdp, iceServers } = result;
    return { seat, sdp, iceServers };
  }

  /** @throws AppError `not_found`, `forbidden`, `media_failed`, or `unavailable`. */
  async trickle(
    seat: string,
    roomId: RoomId,
    speaker: Speaker,
    candidates: readonly IceCandidate[],
  ): Promise<void> {
    const assertMay = (userId: string) => assertOwn(userId, speaker);
    await this.#with(seat, roomId, assertMay, (session) => session.trickle(candidates));
  }

  /** Ends a session: one's own, or as the room's host anybody's. @throws AppError `not_found`, `forbidden`, … */
  async end(seat: string, roomId: RoomId, speaker: Speaker): Promise<void> {
    const assertMay = (userId: string) => {
      if (!speaker.isHost) assertOwn(userId, speaker);
    };
    await this.#with(seat, roomId, assertMay, (session) => session.end());
  }

  /** The seats that this gateway has. */
  seats(): string[] {
    return [...this.#sessions.keys()];
  }

  /** Takes over an encoder whose gateway is gone; false when it is over. @throws AppError `unavailable` */
  async rescue(seat: string): Promise<boolean> {
    try {
      if (this.#sessions.has(seat)) return true;
      const { roomId } = await this.#adopt(seat, null, () => {});
      this.#endRevoked(roomId);
      count("roomcast_encoders_total", { event: "taken_over" });
      return true;
    } catch (err) {
      if (err instanceof AppError && err.code === "not_found") return false;
      throw err;
    }
  }

  /** Several gateways may be asked for one session at a time, and each that has it not takes it from the other. */
  async #with(
    seat: string,
    roomId: RoomId,
    assertMay: (userId: string) => void,
    use: (session: WhipSession) => Promise<void>,
  ): Promise<void> {
    for (let tries = 1;; tries++) {
      try {
        const session = this.#sessions.get(seat) ?? await this.#adopt(seat, roomId, assertMay);
        if (session.roomId !== roomId) throw gone();
        assertMay(session.userId);
        return await use(session);
      } catch (err) {
        const moved = err instanceof AppError && err.code === "unavailable";
        if (!moved || tries === MAX_TRIES) throw err;
        await sleep(backoffMs(tries, { baseMs: 40, maxMs: 400 }));
      }
    }
  }

  async #adopt(
    seat: string,
    roomId: RoomId | null,
    assertMay: (userId: string) => void,
  ): Promise<WhipSession> {
    if (wayOfSeat(seat) !== "whip") throw gone();
    this.#assertServing();
    const shared = this.#adopting.get(seat);
    if (shared !== undefined) {
      // Another's refusal is not ours.
      return await shared.catch((cause) => {
        throw new AppError("unavailable", "The session is being handed over", { cause });
      });
    }
    const adopting = this.#takeOver(seat, roomId, assertMay);
    this.#adopting.set(seat, adopting);
    return await adopting.finally(() => this.#adopting.delete(seat));
  }

  async #takeOver(
    seat: string,
    roomId: RoomId | null,
    assertMay: (userId: string) => void,
  ): Promise<WhipSession> {
    const { returning, turns } = this.options;
    try {
      const page = await turns.take(
        seat,
        () =>
          returning.adopt(seat, tellNothing, (record: SeatRecord) => {
            if (roomId !== null && record.roomId !== roomId) throw gone();
            assertMay(record.participant.userId);
          }),
      );
      const keyId = keyIdOf(page.member.participant.userId);
      return this.#keep(seat, page, { keyId, metaRevision: 0n });
    } catch (err) {
      const over = err instanceof AppError &&
        (err.code === "seat_gone" || err.code === "room_not_live" || err.code === "room_not_found");
      throw over ? gone() : err;
    }
  }

  /** @throws AppError `unavailable` when another gateway should be asked. */
  #assertServing(): void {
    if (this.#stop.signal.aborted) throw goneElsewhere();
  }

  #keep(seat: string, page: Attachment, { keyId, metaRevision }: SessionPass): WhipSession {
    const { keeper, connectLimitMs, silenceLimitMs, onHeld, log } = this.options;
    const giveUp = () => keeper.leave(page, "end");
    const session = new WhipSession({
      page,
      pass: { keyId, metaRevision },
      connectLimitMs,
      silenceLimitMs,
      confirm: () => keeper.confirm(page.member),
      giveUp,
      log,
    });
    this.#sessions.set(seat, session);
    onHeld(seat);
    void session.ended.then(async () => {
      if (this.#sessions.get(seat) === session) this.#sessions.delete(seat);
      // Its sound is gone: nobody is waited for.
      await giveUp();
    });
    return session;
  }

  /** Puts out who speaks with a key that the room has no more. */
  #endRevoked(roomId: RoomId): void {
    const { meta, revisions } = this.options.rooms.get(roomId);
    if (meta === null) return;
    for (const session of this.#sessions.values()) {
      const { keyId, metaRevision } = session.pass;
      // Our copy of the room may be older than the key.
      if (session.roomId !== roomId || keyId === null || revisions.meta < metaRevision) continue;
      if (findKey(meta, keyId) === undefined) void session.end();
    }
  }
}

/** The stream key that a speaker's id tells of. */
function keyIdOf(userId: string): string | null {
  return /^key-([a-z0-9]{8})$/.exec(userId)?.[1] ?? null;
}

function assertOwn(userId: string, { claims }: Speaker): void {
  if (userId !== claims.sub) throw new AppError("forbidden", "This session is somebody else's");
}

function goneElsewhere(): AppError {
  return new AppError("unavailable", "This gateway is shutting down", { retryAfterS: 1 });
}

function gone(): AppError {
  return new AppError("not_found", "There is no such session, or it is over");
}
