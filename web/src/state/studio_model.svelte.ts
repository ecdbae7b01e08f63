import type { ListenLink } from "../../../src/contracts/listen_links.ts";
import type { RoomView } from "../../../src/contracts/operations.ts";
import { asClientError, type ClientError } from "../client/client_error.ts";
import type { LinkState } from "../client/link.ts";
import { listenerDelayMs, liveEdge } from "../client/live_edge.ts";
import { INITIAL_SESSION, isInside, type SessionState } from "../client/session_state.ts";
import { type JoinTimings, StudioSession } from "../client/studio_session.ts";
import { holdSeat, seatTakenElsewhere } from "../client/tab_locks.ts";
import { auth, createRpc, rooms } from "./app.ts";
import { MicModel } from "./mic_model.svelte.ts";
import { knownPin } from "./pins.ts";
import { who } from "./who.svelte.ts";

const NAME_KEY = "roomcast.name";
/** How often (ms) the room is looked at before one is in it, and the listeners' delay measured. */
const ROOM_POLL_MS = 2500;
const DELAY_POLL_MS = 4000;

/** All that the studio page shows and does. */
export class StudioModel {
  session = $state.raw<SessionState>(INITIAL_SESSION);
  link = $state.raw<LinkState>({ status: "idle" });
  /** The room as last seen, whoever told. */
  room = $state.raw<RoomView | null>(null);
  loadError = $state.raw<ClientError | null>(null);
  actionError = $state.raw<ClientError | null>(null);
  name = $state(localStorage.getItem(NAME_KEY) ?? auth.current?.user.name ?? "");
  pin = $state("");
  /** True: another tab of this browser has a seat, which joining here would take over. */
  takenElsewhere = $state(false);
  /** How long (ms) after it was said listeners hear a word; null while unknown. */
  delayMs = $state<number | null>(null);
  /** When the steps of the last join happened. */
  timings = $state.raw<JoinTimings | null>(null);

  readonly inside = $derived(isInside(this.session.phase));
  readonly owner = $derived(this.room !== null && this.room.owner.id === who.user?.id);
  readonly live = $derived(this.room !== null && this.room.live !== null);

  /** Resolves once room, sign-in, socket and microphone are there, or failed visibly. */
  readonly ready: Promise<void>;
  readonly mic: MicModel;
  readonly #rpc = createRpc();
  readonly #session: StudioSession;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #release: (() => void) | null = null;
  #signed: ListenLink | null = null;
  #isReady: () => void = () => {};

  constructor(readonly roomId: string, raw: boolean) {
    this.ready = new Promise((resolve) => this.#isReady = resolve);
    this.#session = new StudioSession({
      roomId,
      rpc: this.#rpc,
      rooms,
      onChange: (state) => this.#sessionChanged(state),
    });
    this.mic = new MicModel(raw, (track) => this.#session.useTrack(track));
    this.#rpc.onState((link) => this.link = link);
    this.pin = knownPin(roomId);
  }

  /** Gets everything ready, so that joining needs one round trip: sign-in, socket, microphone. */
  async open(): Promise<void> {
    this.#timers.push(
      setInterval(() => void this.#poll(), ROOM_POLL_MS),
      setInterval(() => void this.#measureDelay(), DELAY_POLL_MS),
    );
    await Promise.all([this.refresh(), this.mic.open(), this.#connectEarly()]);
    this.#isReady();
  }

  async refresh(): Promise<void> {
    try {
      this.room = await rooms.get(this.roomId);
      this.loadError = null;
    } catch (error) {
      this.loadError = asClientError(error);
    }
  }

  /** Takes the seat; the owner of a room that is not live goes live first. */
  async join(change: { name?: string; pin?: string } = {}): Promise<JoinTimings> {
    this.name = (change.name ?? this.name).trim();
    this.pin = change.pin ?? this.pin;
    this.takenElsewhere = false;
    localStorage.setItem(NAME_KEY, this.name);
    const timings = await this.#session.join({
      name: this.name,
      start: this.owner && !this.live,
      ...(this.room?.hasPin && !this.owner ? { pin: this.pin } : {}),
    });
    this.timings = timings;
    return timings;
  }

  toggleMute(): Promise<void> {
    return this.#try(() => this.#session.setMuted(!this.session.muted));
  }

  leave(): Promise<void> {
    return this.#try(() => this.#session.leave());
  }

  endBroadcast(): Promise<void> {
    return this.#try(() => this.#session.endBroadcast());
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#session.close();
    this.#rpc.close();
    this.mic.close();
    this.#release?.();
  }

  async #try(action: () => Promise<void>): Promise<void> {
    this.actionError = null;
    try {
      await action();
    } catch (error) {
      this.actionError = asClientError(error);
    }
    await this.refresh();
  }

  /** One seat per person: a socket opened here would end the broadcast of another tab. */
  async #connectEarly(): Promise<void> {
    this.takenElsewhere = await seatTakenElsewhere();
    try {
      const { user } = await auth.ensure();
      if (this.name === "") this.name = user.name;
    } catch (error) {
      this.actionError = asClientError(error);
      return;
    }
    if (!this.takenElsewhere) this.#rpc.connect();
  }

  async #poll(): Promise<void> {
    if (document.hidden || this.inside) return;
    this.takenElsewhere = await seatTakenElsewhere();
    await this.refresh();
  }

  #sessionChanged(state: SessionState): void {
    const wasInside = this.inside;
    if (state.room !== null && state.room !== this.session.room) this.room = state.room;
    this.session = state;
    const inside = isInside(state.phase);
    if (inside && this.#release === null) this.#release = holdSeat();
    if (!inside) {
      this.#release?.();
      this.#release = null;
      this.delayMs = null;
      if (wasInside) void this.refresh();
    }
  }

  /** Of a room that asks for a signed link, only the owner's page can have one. */
  async #livePlaylist(): Promise<string> {
    if (this.room?.access !== "signed") return `/hls/${this.roomId}/live.m3u8`;
    const known = this.#signed;
    if (known !== null && Date.parse(known.expiresAt) > Date.now()) {
      return known.hls.replace("index", "live");
    }
    this.#signed = await rooms.link(this.roomId);
    return this.#signed.hls.replace("index", "live");
  }

  async #measureDelay(): Promise<void> {
    if (this.session.phase !== "live" || document.hidden) return;
    try {
      const response = await fetch(await this.#livePlaylist(), { cache: "no-store" });
      const edge = response.ok ? liveEdge(await response.text()) : null;
      const now = Date.now() + this.#rpc.clockOffsetMs;
      this.delayMs = edge === null || edge.ended ? null : listenerDelayMs(edge, now);
    } catch {
      this.delayMs = null;
    }
  }
}
