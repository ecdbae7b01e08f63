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
  /** How long (ms) it may send nothing before it counts as vanished. */
  readonly silenceLimitMs: number;
  /** Puts its record in order; false when another gateway has the seat. Never rejects. */
  readonly confirm: () => Promise<boolean>;
  /** Gives the seat back, and tells the room. */
  readonly giveUp: () => Promise<void>;
  readonly log: Log;
}

/** One encoder in one room: its seat, for as long as this gateway has it. */
export class WhipSession {
  #timer: ReturnType<typeof setTimeout>;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #lane: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: WhipSessionOptions) {
    this.#timer = this.#lookLater();
    const { member } = options.page;
    member.onReceiving = () => {
      // Whoever takes it over hears nothing of what was said before.
      void options.confirm();
      this.#watchSilence();
    };
    // The gateway that had it may have heard it fall silent.
    this.#watchSilence();
    void this.ended.then(() => {
      clearTimeout(this.#timer);
      clearTimeout(this.#silence);
    });
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

  /** Without a goodbye Janus waits for an encoder for ever. Opus sends now and then in silence too. */
  #watchSilence(): void {
    const { page, silenceLimitMs } = this.options;
    clearTimeout(this.#silence);
    if (page.member.receiving !== false) return;
    this.#silence = setTimeout(() => void this.#putOutVanished(), silenceLimitMs);
  }

  async #putOutVanished(): Promise<void> {
    const { page, confirm, log } = this.options;
    if (!await confirm() || page.member.receiving !== false) return;
    count("roomcast_encoders_total", { event: "vanished" });
    log.info({ room: this.roomId }, "an encoder vanished");
    await this.end();
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
