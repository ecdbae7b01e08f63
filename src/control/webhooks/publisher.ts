import { z } from "zod";
import type { RoomId } from "../../contracts/ids.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { wants } from "./endpoint.ts";
import type { EndpointStore } from "./endpoint_store.ts";
import { deliveryId, type Happening } from "./happenings.ts";
import { PUBLISH } from "./queue_scripts.ts";
import { webhookKeys } from "./redis_keys.ts";

export interface PublisherOptions {
  readonly redis: Redis;
  readonly endpoints: Pick<EndpointStore, "forOwner">;
  /** There is something to send. */
  readonly onQueued: () => void;
}

/** What is to be on record of a room once its events are told, if until then `expect` is (empty: nothing). */
export interface OnRecord {
  readonly expect: string;
  readonly told: string;
}

/** Puts events into the queues of those who want them. Every method throws `unavailable` when Redis is away. */
export class Publisher {
  constructor(private readonly options: PublisherOptions) {}

  /**
   * Tells events of one room, in their order, each once however often it is told, and records that they were: all in
   * one step, so that a crash leaves nothing half told.
   *
   * @returns False when what is on record is not what was expected; nothing was told then.
   */
  async publish(room: RoomId, events: readonly Happening[], record?: OnRecord): Promise<boolean> {
    const input = JSON.stringify({ room, ...record, events: await this.#addressed(events) });
    const sent = z.number().parse(
      await onRedis(() => this.options.redis.eval(PUBLISH, 1, webhookKeys.told, input)),
    );
    if (sent > 0) this.options.onQueued();
    return sent >= 0;
  }

  async #addressed(events: readonly Happening[]) {
    const { endpoints } = this.options;
    return await Promise.all(events.map(async (event) => {
      const wanting = (await endpoints.forOwner(event.owner)).filter((one) => wants(one, event));
      const to = wanting.map(({ id }) => [id, deliveryId(event.id, id)]);
      return { id: event.id, type: event.type, at: event.at, to, ...envelope(event) };
    }));
  }
}

/** The body of a request, but for the sequence number between its two halves. */
export function envelope(
  { id, type, at, data }: Pick<Happening, "id" | "at"> & { type: string; data: unknown },
): { head: string; tail: string } {
  const timestamp = new Date(at).toISOString();
  const head = JSON.stringify({ id, type, timestamp }).slice(0, -1);
  return { head: `${head},"sequence":`, tail: `,"data":${JSON.stringify(data)}}` };
}
