import { z } from "zod";
import { Participants, type PluginAnswer, SeatEvent } from "./messages.ts";
import type { PluginHandle } from "./plugin_handle.ts";
import { PREBUFFER_PACKETS } from "./room_options.ts";
import type { AudioBridgeSeat, BridgeParticipant, SeatEvents } from "./types.ts";

const Hangup = z.object({ reason: z.string().default("the connection was closed") });

/** One participant over one handle. */
export class HandleSeat implements AudioBridgeSeat {
  #room = "";
  #id = "";
  #over = false;

  constructor(
    private readonly handle: PluginHandle,
    private readonly events: SeatEvents,
    private readonly release: () => Promise<void>,
  ) {
    handle.onEvent = (data) => this.#onEvent(data);
    handle.on("handle_webrtcup", () => events.onWebrtcUp());
    handle.on("handle_hangup", (data: unknown) => {
      if (!this.#over) events.onHangup(Hangup.catch({ reason: "closed" }).parse(data).reason);
    });
    handle.on("handle_detached", () => this.lost("Janus gave the seat up"));
  }

  async join(options: Parameters<AudioBridgeSeat["join"]>[0]) {
    const { room, id, display, muted, sdp: offer } = options;
    this.#room = room;
    this.#id = id;
    const { data, sdp } = await this.handle.negotiate(
      { request: "join", room, id, display, muted, prebuffer: PREBUFFER_PACKETS, codec: "opus" },
      Participants,
      offer,
    );
    return { sdp, participants: data.participants };
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

  async stop(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.release();
  }

  /** The seat is no more, for a reason that is not ours. */
  lost(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.events.onGone(reason);
    void this.release();
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
