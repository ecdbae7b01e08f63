import { freePort } from "../../deploy/local/ports.ts";
import { type LocalRedis, startRedis } from "../../deploy/local/redis.ts";
import { roomKey } from "../../src/contracts/keys.ts";
import { RoomView } from "../../src/contracts/operations.ts";
import { WebhookWithSecret } from "../../src/contracts/webhooks.ts";
import { Accounts } from "../../src/control/users/accounts.ts";
import { silentLog } from "../../src/platform/log.ts";
import { connectRedis, type Redis, redisReady } from "../../src/platform/redis.ts";
import { until } from "../support/until.ts";
import type { Receiver } from "../support/webhook_receiver.ts";
import { type RoomsSite, startRoomsSite } from "./rooms_support.ts";

export interface WebhooksSite extends RoomsSite {
  readonly redisUrl: string;
  /** Settings of a Room Manager of this site. */
  readonly env: Record<string, string>;
  killRedis(): Promise<void>;
  reviveRedis(): Promise<void>;
  /** Makes a webhook to a path of the receiver. */
  hook(
    receiver: Receiver,
    path: string,
    token: string,
    rest?: Record<string, unknown>,
  ): Promise<WebhookWithSecret>;
  /** Writes what media nodes write of a live room whose sound flows, or whose mixer gets none. */
  putObserved(id: string, status: "on_air" | "degraded"): Promise<void>;
}

/** Looks into a Redis. */
export async function withRedis(url: string, look: (redis: Redis) => Promise<unknown>) {
  const redis = connectRedis(url, silentLog());
  await redisReady(redis);
  await look(redis.client);
  await redis.stop();
}

/** Writes an account of an admin whose login is its id. */
export const putAdmin = (redis: Redis, id: string) =>
  new Accounts(redis).create({
    ...{ id, name: id, login: id, role: "admin", passwordHash: null, createdAt: 0 },
  });

/**
 * A Room Manager with a Redis, that may call this machine, and whose tries follow one another fast. The account `root` is an
 * admin's.
 */
export async function startWebhooksSite(): Promise<WebhooksSite> {
  const dir = await Deno.makeTempDir({ prefix: "roomcast-webhooks-" });
  const port = freePort();
  const boot = () => startRedis({ dir: `${dir}/redis`, port, logFile: `${dir}/redis.log` });
  let redis: LocalRedis = await boot();
  const env = {
    ROOMCAST_REDIS: redis.url,
    ROOMCAST_WEBHOOK_PRIVATE: "true",
    ROOMCAST_WEBHOOK_RETRY_MS: "50",
    ROOMCAST_WEBHOOK_TIMEOUT_MS: "500",
  };
  await withRedis(redis.url, (client) => putAdmin(client, "root"));
  const site = await startRoomsSite(env);
  await site.putNode("janus", "j1");
  await site.putNode("mixer", "m1");
  return {
    ...site,
    redisUrl: redis.url,
    env,
    killRedis: async () => {
      redis.kill("SIGKILL");
      await redis.ended;
    },
    reviveRedis: async () => {
      redis = await boot();
    },
    hook: (receiver, path, token, rest = {}) =>
      until("a webhook can be made", async () => {
        const body = { url: `${receiver.url}${path}`, ...rest };
        const made = await site.call("POST", "/api/webhooks", { token, body });
        return made.status === 201 && made.as(WebhookWithSecret);
      }),
    putObserved: async (id, status) => {
      const room = (await site.call("GET", `/api/rooms/${id}`)).as(RoomView);
      const { id: liveId = "", epoch = 0 } = room.live ?? {};
      const mixer = {
        ...{ epoch, mixerId: "m1", liveId, status, reason: "no frames arrive" },
        ...{ ip: "127.0.0.1", port: 30000, origin: "http://127.0.0.1:1" },
      };
      const janus = { epoch, janusId: "j1", status: "forwarding", forwarders: [] };
      await site.client.put(roomKey(id, "mixer")).value(JSON.stringify(mixer)).exec();
      await site.client.put(roomKey(id, "janus")).value(JSON.stringify(janus)).exec();
    },
    stop: async () => {
      await site.stop();
      await redis.stop();
      await Deno.remove(dir, { recursive: true });
    },
  };
}
