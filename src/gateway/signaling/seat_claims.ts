import { z } from "zod";
import type { Running } from "../../platform/lifecycle.ts";
import type { RedisConnection } from "../../platform/redis.ts";
import type { SeatKeeper } from "./seat_keeper.ts";
import { CLAIM_KINDS, claimedChannel } from "./seat_records.ts";

/** What is told of a claim, as `{kind} {fence} {seat}`. */
const Message = z.string().transform((text) => text.split(" ")).pipe(
  z.tuple([z.enum(CLAIM_KINDS), z.string().transform(Number), z.string()]),
);

export interface SeatClaimsOptions {
  readonly redis: RedisConnection;
  /** A connection of its own, for a subscribed one takes no other commands. */
  readonly subscriber: RedisConnection;
  readonly gatewayId: string;
  readonly keeper: SeatKeeper;
}

/** Hears which of our seats other gateways have taken over; what is not heard is found out at the next renewal. */
export class SeatClaims implements Running {
  readonly #channel: string;
  readonly #onReady = () => this.options.keeper.renewAll();

  constructor(private readonly options: SeatClaimsOptions) {
    this.#channel = claimedChannel(options.gatewayId);
  }

  start(): void {
    const { redis, subscriber } = this.options;
    const subscribe = () => void subscriber.client.subscribe(this.#channel).catch(() => {});
    subscriber.client.on("ready", subscribe);
    subscriber.client.on("message", (channel, text) => {
      if (channel === this.#channel) this.#onClaimed(text);
    });
    if (subscriber.client.status === "ready") subscribe();
    redis.client.on("ready", this.#onReady);
  }

  stop(): Promise<void> {
    this.options.redis.client.off("ready", this.#onReady);
    return Promise.resolve();
  }

  #onClaimed(text: string): void {
    const message = Message.safeParse(text);
    if (!message.success) return;
    const [kind, fence, seat] = message.data;
    const member = this.options.keeper.find(seat);
    // It may have come back to us before the message did.
    if (member && member.fence < fence) void this.options.keeper.letGo(member, kind);
  }
}
