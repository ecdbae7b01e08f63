import type { RoomId } from "../../contracts/ids.ts";
import type { IceCandidate } from "../../contracts/rpc.ts";
import { count } from "../../platform/metrics.ts";
import type { Log } from "../../platform/log.ts";
import type { Attachment } from "../signaling/attachment.ts";

/** What lets an encoder speak. */
export interface SessionPass {
  /** The stream key it speaks with; null for an access token. */
  readonly keyId: string | null;
  /** The room's revision in etcd at which it was found good. */
  readonly metaRevision: bigint;
}

export interface WhipSessionOptions {
  readonly page: Attachment;
  readonly pass: SessionPass;
  /** How long (ms) its media may take to connect, and to be looked at again when Janus does not say. */
  readonly connectLimitMs: number;
  /** Gives the seat back, and tells the room. */
  readonly giveUp: () => Promise<void>;
  readonly log: Log;
}

/** One encoder in one room: its seat, for as long as this gateway has it. */
export class WhipSession {
  #timer: ReturnType<typeof setTimeout>;
  #lane: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: WhipSessionOptions) {
    this.#timer = this.#lookLater();
    void this.ended.then(() => clearTimeout(this.#timer));
  }

  get roomId(): RoomId {
    return this.options.page.member.roomId;
  }

  get userId(): string {
    return this.options.page.member.participant.userId;
  }

  get pass(): SessionPass {
    return this.options.pass;
  }

  /** Resolves when the seat is gone, or another gateway has it. */
  get ended(): Promise<void> {
    return this.options.page.ended;
  }

  /** Passes candidates on in the order they came, also when requests overlap. @throws AppError */
  async trickle(candidates: readonly IceCandidate[]): Promise<void> {
    const { member } = this.options.page;
    const sent = this.#lane.then(async () => {
      for (const candidate of candidates) await member.trickle(candidate);
    });
    this.#lane = sent.catch(() => {});
    await sent;
  }

  async end(): Promise<void> {
    await this.options.giveUp();
  }

  #lookLater() {
    return setTimeout(() => void this.#look(), this.options.connectLimitMs);
  }

  /** An encoder that never connects would hold its seat for ever: Janus waits without end for its first packet. */
  async #look(): Promise<void> {
    const { page, log } = this.options;
    try {
      if (await page.member.connected()) return;
      count("roomcast_encoders_total", { event: "never_connected" });
      log.info({ room: this.roomId }, "an encoder never connected");
      await this.end();
    } catch {
      this.#timer = this.#lookLater();
    }
  }
}
