import type { NotificationParams } from "../../../src/contracts/rpc.ts";
import type { RoomView } from "../../../src/contracts/operations.ts";
import { backoffMs, sleep } from "../../../src/platform/backoff.ts";
import { asClientError, ClientError } from "./client_error.ts";
import { HeldSeat } from "./held_seat.ts";
import { Peer } from "./peer.ts";
import type { RoomApi } from "./room_api.ts";
import { type RosterNotice, rosterOf, updateRoster } from "./room_roster.ts";
import type { RpcClient } from "./rpc_client.ts";
import { INITIAL_SESSION, isInside, type SessionState } from "./session_state.ts";

/** When the steps of a join happened, by performance.now() (ms). */
export interface JoinTimings {
  joinCalled: number;
  answerReceived: number;
  mediaConnected: number;
}

export interface JoinRequest {
  readonly name: string;
  readonly pin?: string;
  /** Go live first; for the owner only. */
  readonly start: boolean;
}

export interface StudioSessionOptions {
  readonly roomId: string;
  readonly rpc: RpcClient;
  readonly rooms: RoomApi;
  readonly onChange: (state: SessionState) => void;
}

/** How long (ms) starting a room, or a join that waits for its media parts, may take. */
const SLOW_CALL_MS = 15_000;
/** How long (ms) the sound connection may take. */
const CONNECT_LIMIT_MS = 12_000;
/** How long (ms) a sound connection that was in doubt may take to be there again after the socket is. */
const DOUBT_LIMIT_MS = 3000;

/**
 * One person's time in one room: takes the seat, keeps it through lost connections and rooms that
 * move, and gives it back. One attempt is under way at a time; each has an abort signal.
 */
export class StudioSession {
  readonly #options: StudioSessionOptions;
  #state: SessionState = INITIAL_SESSION;
  #track: MediaStreamTrack | null = null;
  #prepared: Peer | null = null;
  #peer: Peer | null = null;
  #request: JoinRequest | null = null;
  #held: HeldSeat | null = null;
  /** True while the seat is taken up again with the sound connection we have. */
  #resuming = false;
  #attempt = new AbortController();

  constructor(options: StudioSessionOptions) {
    this.#options = options;
    const { rpc } = options;
    for (const name of ["joined", "left", "muted", "renamed", "talking"] as const) {
      rpc.on(name, (params) => {
        if ("eventId" in params) this.#held?.heard(params.eventId);
        this.#rosterChanged({ name, params } as RosterNotice);
      });
    }
    rpc.on("room.state", (params) => this.#roomChanged(params));
    rpc.on("kicked", (params) => this.#kicked(params));
    rpc.on("media", ({ connected }) => {
      if (!connected && this.#state.phase === "live") this.#rejoin();
    });
    rpc.onState((link) => {
      if (link.status === "closed" && isInside(this.#state.phase)) this.#end(link.error);
      else if (link.status === "waiting" && this.#state.phase === "live") this.#resume();
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The microphone to send from now on. Before a join, an offer is prepared with it. */
  async useTrack(track: MediaStreamTrack): Promise<void> {
    this.#track = track;
    track.enabled = !this.#state.muted;
    this.#prepared?.close();
    this.#prepared = null;
    if (this.#peer !== null) await this.#peer.replaceTrack(track);
    else if (!isInside(this.#state.phase)) this.#prepared = new Peer(track);
  }

  /**
   * Takes a seat; resolves once sound can flow both ways.
   *
   * @throws ClientError when the seat cannot be had; the state then is `failed`.
   */
  async join(request: JoinRequest): Promise<JoinTimings> {
    const joinCalled = performance.now();
    const signal = this.#newAttempt();
    this.#request = request;
    // A socket that was refused for good is tried again when the person asks for it.
    this.#options.rpc.connect();
    this.#set({ phase: request.start ? "starting" : "joining", error: null });
    try {
      const offer = this.#freshPeer();
      if (request.start) {
        const room = await this.#start();
        signal.throwIfAborted();
        this.#set({ phase: "joining", room });
      }
      return { joinCalled, ...await this.#takeSeat(offer, signal) };
    } catch (thrown) {
      const error = asClientError(thrown);
      if (!signal.aborted) this.#end(error);
      throw error;
    }
  }

  /** Mutes or unmutes: at once here, and then for all to see. */
  async setMuted(muted: boolean): Promise<void> {
    if (this.#track !== null) this.#track.enabled = !muted;
    this.#set({ muted });
    if (this.#state.phase === "live") await this.#options.rpc.call("configure", { muted });
  }

  async leave(): Promise<void> {
    const held = this.#held;
    const away = this.#state.phase === "reconnecting";
    const signal = this.#newAttempt();
    this.#held = null;
    const left = held === null ? null : this.#giveBack(held, away, signal);
    this.#closePeer();
    this.#set({ phase: "left", seat: null, seats: [], error: null });
    await left;
  }

  /** A seat whose socket is lost would wait for us: only who has it can give it back. */
  async #giveBack(held: HeldSeat, away: boolean, signal: AbortSignal): Promise<void> {
    const { rpc } = this.#options;
    if (away) await held.resume(rpc, signal).catch(() => {});
    await rpc.call("leave", {}).catch(() => {});
  }

  /** Ends the broadcast for everybody. */
  async endBroadcast(): Promise<void> {
    await this.#act("stop");
    this.#newAttempt();
    this.#held = null;
    this.#closePeer();
    this.#set({ phase: "over", seat: null, seats: [], error: null });
  }

  close(): void {
    this.#newAttempt();
    this.#closePeer();
    this.#prepared?.close();
    this.#prepared = null;
  }

  #start(): Promise<RoomView> {
    return this.#act("start");
  }

  /** Over the socket we have; a socket whose token has run out sends us to REST with a new one. */
  async #act(verb: "start" | "stop"): Promise<RoomView> {
    const { rpc, rooms, roomId } = this.#options;
    try {
      return await rpc.call(`room.${verb}`, { id: roomId }, SLOW_CALL_MS);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== "token_expired") throw error;
      return await rooms[verb](roomId);
    }
  }

  async #takeSeat(peer: Peer, signal: AbortSignal) {
    const { rpc, roomId } = this.#options;
    const { name, pin } = this.#request ?? { name: "" };
    const sdp = await peer.offer();
    if (signal.aborted) {
      peer.close();
      signal.throwIfAborted();
    }
    const params = {
      roomId,
      muted: this.#state.muted,
      sdp,
      ...(name === "" ? {} : { name }),
      ...(pin === undefined || pin === "" ? {} : { pin }),
      ...this.#held?.proof,
    };
    let answer;
    try {
      answer = await rpc.call("join", params, SLOW_CALL_MS);
    } catch (error) {
      peer.close();
      throw error;
    }
    if (signal.aborted) {
      peer.close();
      signal.throwIfAborted();
    }
    const answerReceived = performance.now();
    this.#closePeer();
    this.#peer = peer;
    this.#held = new HeldSeat(answer);
    // The microphone may have been changed while the answer was on its way.
    if (this.#track !== null) void peer.replaceTrack(this.#track);
    await peer.accept(answer, {
      onCandidate: (candidate) => void rpc.call("trickle", { candidate }).catch(() => {}),
      onLost: () => {
        if (!this.#resuming) this.#rejoin();
      },
    });
    this.#set({
      seat: answer.seat,
      seats: rosterOf(answer.participants),
      room: answer.room,
      remote: peer.remote,
    });
    try {
      await peer.connected(CONNECT_LIMIT_MS);
    } catch (error) {
      // Who comes back keeps the seat for the next try.
      if (this.#state.phase !== "reconnecting") {
        this.#held = null;
        await rpc.call("leave", {}).catch(() => {});
      }
      throw error;
    }
    signal.throwIfAborted();
    const mediaConnected = performance.now();
    this.#set({ phase: "live", error: null });
    this.#reportMuted(params.muted);
    return { answerReceived, mediaConnected };
  }

  /** Mute may have been pressed while the join was under way. */
  #reportMuted(told: boolean): void {
    const { muted } = this.#state;
    if (muted === told) return;
    void this.#options.rpc.call("configure", { muted }).catch(() => {});
  }

  /** The socket broke, and the sound goes on: the seat is taken up over the next one, or, if refused, joined anew. */
  #resume(): void {
    const held = this.#held;
    const peer = this.#peer;
    if (held === null || peer === null) return this.#rejoin();
    const signal = this.#newAttempt();
    this.#resuming = true;
    this.#set({ phase: "reconnecting" });
    void this.#takeUp(held, peer, signal).catch((thrown) => {
      if (signal.aborted) return;
      const error = asClientError(thrown);
      if (error.code === "room_over") this.#end(error);
      else this.#rejoin();
    });
  }

  /** @throws ClientError when the seat cannot be had with the sound connection as it is. */
  async #takeUp(held: HeldSeat, peer: Peer, signal: AbortSignal): Promise<void> {
    const { rpc } = this.#options;
    const resumed = await held.resume(rpc, signal);
    if (resumed === null) throw new ClientError("not_joined");
    const { participants, talking, room } = resumed;
    this.#set({ seats: rosterOf(participants, talking), room });
    await peer.connected(DOUBT_LIMIT_MS);
    signal.throwIfAborted();
    this.#resuming = false;
    this.#set({ phase: "live", error: null });
    this.#reportMuted(participants.find(({ id }) => id === held.id)?.muted ?? false);
  }

  /** Takes the seat back, as often as it needs, until it is refused for good. */
  #rejoin(): void {
    if (this.#request === null || !isInside(this.#state.phase)) return;
    const signal = this.#newAttempt();
    this.#set({ phase: "reconnecting" });
    void this.#retry(signal);
  }

  async #retry(signal: AbortSignal): Promise<void> {
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        await this.#takeSeat(this.#freshPeer(), signal);
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        const error = asClientError(thrown);
        if (error.code === "already_joined" || error.code === "not_joined") {
          await this.#options.rpc.call("leave", {}).catch(() => {});
        } else if (error.code === "room_not_live" || error.code === "room_over") {
          return this.#end(new ClientError("room_over"));
        } else if (!error.retry) {
          return this.#end(error);
        }
        await sleep(backoffMs(tries, { baseMs: 250, maxMs: 2000 }), signal).catch(() => {});
      }
    }
  }

  #freshPeer(): Peer {
    if (this.#track === null) throw new ClientError("no_microphone");
    const prepared = this.#prepared;
    this.#prepared = null;
    return prepared ?? new Peer(this.#track);
  }

  #kicked({ reason, rejoin }: NotificationParams<"kicked">): void {
    if (!isInside(this.#state.phase)) return;
    if (rejoin) this.#rejoin();
    else this.#end(new ClientError("room_over", reason));
  }

  #end(error: ClientError): void {
    this.#newAttempt();
    this.#closePeer();
    this.#held = null;
    const phase = error.code === "superseded"
      ? "superseded"
      : error.code === "room_over"
      ? "over"
      : "failed";
    this.#set({ phase, seat: null, seats: [], error: phase === "over" ? null : error });
  }

  #rosterChanged(notice: RosterNotice): void {
    this.#set({ seats: updateRoster(this.#state.seats, notice) });
  }

  #roomChanged(params: NotificationParams<"room.state">): void {
    const { room } = this.#state;
    if (room === null || params.roomId !== this.#options.roomId) return;
    const { state, stateText, reasons } = params;
    this.#set({ room: { ...room, state, stateText, reasons } });
  }

  #newAttempt(): AbortSignal {
    this.#resuming = false;
    this.#attempt.abort();
    this.#attempt = new AbortController();
    return this.#attempt.signal;
  }

  #closePeer(): void {
    this.#peer?.close();
    this.#peer = null;
    this.#set({ remote: null });
  }

  #set(patch: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...patch };
    this.#options.onChange(this.#state);
  }
}
