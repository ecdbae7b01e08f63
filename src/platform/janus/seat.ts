import { z } from "zod";
import { sleep } from "../backoff.ts";
import { Participants, type PluginAnswer, SeatEvent } from "./messages.ts";
import type { PluginHandle } from "./plugin_handle.ts";
import { PREBUFFER_PACKETS } from "./room_options.ts";
import {
  AUDIOBRIDGE_ERRORS,
  type AudioBridgeSeat,
  type BridgeParticipant,
  JanusError,
  type SeatEvents,
  type SeatPlace,
} from "./types.ts";

/**
 * A kick is answered before it is done (measured: up to 0.7 s, for the participant's media are taken down first): how
 * long (ms) that may take, and how often it is looked at.
 */
const PUT_OUT_LIMIT_MS = 3000;
const PUT_OUT_LOOK_MS = 40;

/** A peer that vanishes without a goodbye is known by this only: Janus 1.1 waits for it without end. */
const AudioFlow = z.object({ type: z.literal("audio"), receiving: z.boolean() });

const Hangup = z.object({ reason: z.string().default("the connection was closed") });

/** How a seat is let go of. */
export interface SeatRelease {
  /** Gives handle and session back to Janus. */
  readonly leave: () => Promise<void>;
  /** Forgets them here only. */
  readonly forget: () => void;
}

/** One participant over one handle. */
export class HandleSeat implements AudioBridgeSeat {
  #room = "";
  #id = "";
  #over = false;

  constructor(
    private readonly handle: PluginHandle,
    private readonly events: SeatEvents,
    private readonly release: SeatRelease,
  ) {
    handle.onEvent = (data) => this.#onEvent(data);
    handle.on("handle_webrtcup", () => events.onWebrtcUp());
    handle.on("handle_hangup", (data: unknown) => {
      if (!this.#over) events.onHangup(Hangup.catch({ reason: "closed" }).parse(data).reason);
    });
    handle.on("handle_media", (data: unknown) => {
      const flow = AudioFlow.safeParse(data);
      if (flow.success && !this.#over) events.onReceiving(flow.data.receiving);
    });
    handle.on("handle_detached", () => this.lost("Janus gave the seat up"));
  }

  get place(): SeatPlace {
    const { id: handleId, session } = this.handle;
    return { sessionId: session.id, handleId, room: this.#room, id: this.#id };
  }

  async join(options: Parameters<AudioBridgeSeat["join"]>[0]) {
    const { room, id, display, muted, sdp: offer } = options;
    this.#room = room;
    this.#id = id;
    if (options.instead) await this.putOut(id);
    const { data, sdp } = await this.handle.negotiate(
      { request: "join", room, id, display, muted, prebuffer: PREBUFFER_PACKETS, codec: "opus" },
      Participants,
      offer,
    );
    return { sdp, participants: data.participants };
  }

  /** Is the participant that it already is on Janus. @throws JanusError when it is not in the room. */
  async resume({ room, id }: SeatPlace): Promise<void> {
    this.#room = room;
    this.#id = id;
    if ((await this.participants()).some((participant) => participant.id === id)) return;
    throw new JanusError(`Cannot resume: ${id} is not in ${room}`, AUDIOBRIDGE_ERRORS.notJoined);
  }

  async trickle(candidate: Parameters<AudioBridgeSeat["trickle"]>[0]): Promise<void> {
    const { candidate: line, sdpMid, sdpMLineIndex } = candidate ?? {};
    await this.handle.sendCandidate(
      candidate === null ? { completed: true } : {
        candidate: line,
        ...(typeof sdpMid === "string" ? { sdpMid } : {}),
        ...(typeof sdpMLineIndex === "number" ? { sdpMLineIndex } : {}),
      },
    );
  }

  async configure(change: { muted?: boolean; display?: string }): Promise<void> {
    await this.handle.ask({ request: "configure", ...change }, z.unknown());
  }

  async participants(): Promise<BridgeParticipant[]> {
    const list = { request: "listparticipants", room: this.#room };
    return (await this.handle.ask(list, Participants)).participants;
  }

  async putOut(id: string): Promise<void> {
    try {
      await this.handle.ask({ request: "kick", room: this.#room, id }, z.unknown());
      const limit = AbortSignal.timeout(PUT_OUT_LIMIT_MS);
      while ((await this.participants()).some((other) => other.id === id)) {
        await sleep(PUT_OUT_LOOK_MS, limit).catch((cause) => {
          throw new JanusError("Cannot kick: the participant stays", null, { cause });
        });
      }
    } catch (err) {
      if (!(err instanceof JanusError) || err.code !== AUDIOBRIDGE_ERRORS.noSuchUser) throw err;
    }
  }

  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.release.forget();
  }

  async stop(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.release.leave();
  }

  /** The seat is no more, for a reason that is not ours. */
  lost(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.events.onGone(reason);
    void this.release.leave();
  }

  /** The connection broke: what Janus does with the seat is not known. */
  cut(reason: string): void {
    if (this.#over) return;
    this.abandon();
    this.events.onCut(reason);
  }

  #onEvent(data: PluginAnswer["data"]): void {
    const { data: event } = SeatEvent.safeParse(data);
    if (event === undefined || this.#over) return;
    switch (event.kind) {
      case "participants":
        return this.events.onParticipants(event.participants);
      case "talking":
        return this.events.onTalking(event.id, event.talking);
      case "leaving":
        return this.events.onLeaving(event.id);
      case "kicked":
        if (event.id === this.#id) this.lost("kicked");
        else this.events.onLeaving(event.id);
        return;
      case "destroyed":
        return this.lost("the room was closed");
    }
  }
}
