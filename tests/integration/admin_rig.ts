import { type LocalRedis, startRedis } from "../../deploy/local/redis.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { AdminEvents } from "../../src/contracts/admin_events.ts";
import { Admins } from "../../src/control/users/admins.ts";
import { silentLog } from "../../src/platform/log.ts";
import { connectRedis, type RedisConnection, redisReady } from "../../src/platform/redis.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { type RoomsSite, startRoomsSite } from "./rooms_support.ts";

/** A Room Manager with etcd and Redis, and an admin with an account. */
export class AdminRig {
  #redis: LocalRedis | undefined;

  private constructor(
    private readonly dir: TempDir,
    private readonly port: number,
    readonly site: RoomsSite,
    readonly redis: RedisConnection,
    readonly admins: Admins,
    /** The access token of an admin, whose account exists. */
    readonly token: string,
  ) {}

  static async start(): Promise<AdminRig> {
    const dir = await tempDir();
    const port = freePort();
    const boot = () => startRedis({ dir: `${dir.path}/redis`, port, logFile: `${dir.path}/log` });
    const server = await boot();
    const site = await startRoomsSite({ ROOMCAST_REDIS: server.url });
    const redis = connectRedis(server.url, silentLog());
    await redisReady(redis);
    const admins = new Admins(redis.client);
    const { id } = await admins.create("operator", "correct horse battery");
    const rig = new AdminRig(dir, port, site, redis, admins, await site.token(id, "admin"));
    rig.#redis = server;
    return rig;
  }

  get(path: string, token = this.token) {
    return this.site.call("GET", path, { token });
  }

  post(path: string, body: unknown = {}, token = this.token) {
    return this.site.call("POST", path, { token, body });
  }

  /** All that the event log holds. */
  async events(): Promise<AdminEvents["events"]> {
    return (await this.get("/api/admin/events?limit=500")).as(AdminEvents).events;
  }

  async killRedis(): Promise<void> {
    this.#redis?.kill("SIGKILL");
    await this.#redis?.ended;
  }

  async reviveRedis(): Promise<void> {
    this.#redis = await startRedis({
      dir: `${this.dir.path}/redis`,
      port: this.port,
      logFile: `${this.dir.path}/log`,
    });
  }

  async stop(): Promise<void> {
    await this.site.stop();
    await this.redis.stop();
    await this.#redis?.stop();
    await this.dir[Symbol.asyncDispose]();
  }
}
