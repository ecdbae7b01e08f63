import { z } from "zod";
import { bridgeRoom } from "../../../src/contracts/janus.ts";
import type { Running } from "../../../src/platform/lifecycle.ts";
import { JanusSocket } from "./janus_socket.ts";
import { opusTone } from "./opus_tone.ts";
import type { RtpSender } from "./rtp_sender.ts";

const Joined = z.object({
  audiobridge: z.literal("joined"),
  rtp: z.object({ port: z.number().int(), payload_type: z.number().int() }),
});

const PAYLOAD_TYPE = 111;
/** How long (ms) it waits before it looks for its room again. */
const AGAIN_MS = 100;

export interface RtpSpeakerOptions {
  readonly roomId: string;
  /** The pitch it hums, a whole number of Hz. */
  readonly hz: number;
  readonly sender: RtpSender;
  readonly apiSecret: string;
  /** The Janus (URL) that has the room ready, or null while none has. */
  readonly locate: () => string | null;
}

/**
 * A participant without a browser: hums a tone into its room by plain RTP, and comes back by itself when its seat is
 * gone or its room is at another Janus. Rooms must be made with ROOMCAST_JANUS_RTP_PARTICIPANTS.
 */
export class RtpSpeaker implements Running {
  readonly #seats: number[] = [];
  #trouble = "its room is on no Janus";
  /** The Janus (URL) it has a seat at. */
  #at: string | null = null;
  readonly #over = new AbortController();
  #run: Promise<void> | undefined;

  constructor(private readonly options: RtpSpeakerOptions) {}

  start(): void {
    this.#run ??= this.#hum();
  }

  /** When (performance.now()) it took a seat, each time. */
  seats(): Promise<readonly number[]> {
    return Promise.resolve(this.#seats);
  }

  /** Why it could not take a seat when it last tried, in words. */
  get trouble(): string {
    return this.#trouble;
  }

  speaksTo(janusUrl: string): Promise<boolean> {
    return Promise.resolve(this.#at === janusUrl);
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#run;
  }

  async #hum(): Promise<void> {
    const { roomId, hz, sender, locate } = this.options;
    const packets = await opusTone(hz);
    while (!this.#over.signal.aborted) {
      const url = locate();
      if (url !== null) {
        await this.#sit(url, packets).catch((err) => this.#trouble = String(err));
        sender.tell({ kind: "silence", voice: roomId });
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  /** Takes a seat and keeps it; resolves when it is gone. */
  async #sit(url: string, packets: readonly Uint8Array[]): Promise<void> {
    const { roomId, sender, apiSecret, locate } = this.options;
    const janus = await JanusSocket.open(url, apiSecret);
    try {
      const { rtp } = Joined.parse(
        await janus.request({
          request: "join",
          room: bridgeRoom(roomId),
          display: "A tone",
          rtp: { payload_type: PAYLOAD_TYPE },
        }),
      );
      const order = { voice: roomId, port: rtp.port, payloadType: rtp.payload_type, packets };
      sender.tell({ kind: "send", ...order });
      this.#at = url;
      this.#seats.push(performance.now());
      let gone = false;
      void janus.gone.then(() => gone = true);
      while (!gone && !this.#over.signal.aborted && (locate() ?? url) === url) {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    } finally {
      this.#at = null;
      janus.close();
    }
  }
}
