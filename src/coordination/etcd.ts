import { Etcd3 } from "etcd3";
import { noop } from "cockatiel";
import { observe } from "../platform/metrics.ts";
import { type Entry, type Store, StoreError, type WatchHandlers } from "./store.ts";
import type { Running } from "../platform/lifecycle.ts";
import { type EtcdAccess, plainEtcd } from "./etcd_access.ts";
import { GoawayGuard } from "./goaway_guard.ts";

/** How long (ms) one call to etcd may take. */
export const CALL_DEADLINE_MS = 3000;

/**
 * A client that leaves retries to us (etcd3's circuit breaker stays open longer than the outage) and finds a
 * frozen server by gRPC keepalive, for a frozen server closes nothing. No pings without a call: etcd ends connections that
 * do that.
 *
 * @param access How etcd is reached; hosts alone: by plain connections, without a user.
 */
export function connectEtcd(access: EtcdAccess | readonly string[]): Etcd3 {
  const { hosts, tls, user } = "hosts" in access ? access : plainEtcd(access);
  const hidden = tls !== null && tls.cert !== "" && user === null;
  const guards = hosts.map((host) => new GoawayGuard(new URL(host), tls, hidden));
  const client = new Etcd3({
    hosts: guards.map(({ url }) => url),
    ...(user === null ? {} : { auth: { username: user.name, password: user.password } }),
    faultHandling: { host: () => noop, global: noop },
    defaultCallOptions: (context) =>
      context.isStream ? {} : { deadline: Date.now() + CALL_DEADLINE_MS },
    grpcOptions: {
      // etcd suffers a ping every 5 s, no more.
      "grpc.keepalive_time_ms": 6000,
      "grpc.keepalive_timeout_ms": 2000,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 2000,
    },
  });
  guardsOf.set(client, guards);
  const close = client.close.bind(client);
  client.close = () => {
    close();
    for (const guard of guards) void guard.stop();
  };
  return client;
}

/** What stands between each client and etcd, and knows why it cannot be reached: gRPC does not say. */
const guardsOf = new WeakMap<Etcd3, readonly GoawayGuard[]>();

/** {@link Store} on etcd v3. */
export class EtcdStore implements Store, Running {
  constructor(private readonly client: Etcd3) {}

  async get(key: string): Promise<Entry | null> {
    const response = await this.#ask("get", key, () => this.client.get(key).exec());
    const [found] = response.kvs;
    return found ? toEntry(found) : null;
  }

  async list(prefix: string) {
    const response = await this.#ask(
      "list",
      prefix,
      () => this.client.getAll().prefix(prefix).exec(),
    );
    return { entries: response.kvs.map(toEntry), revision: BigInt(response.header.revision) };
  }

  async commit(
    guards: Parameters<Store["commit"]>[0],
    writes: Parameters<Store["commit"]>[1],
  ) {
    const [first, ...rest] = guards;
    if (first === undefined) throw new RangeError("Cannot commit without a guard");
    const response = await this.#ask("commit", "", () => {
      const txn = this.client.if(first.key, "Mod", "==", String(first.modRevision));
      for (const guard of rest) txn.and(guard.key, "Mod", "==", String(guard.modRevision));
      return txn.then(
        ...writes.map((write) =>
          "put" in write
            ? this.client.put(write.put).value(write.value)
            : this.client.delete().key(write.delete)
        ),
      ).commit();
    });
    return response.succeeded ? BigInt(response.header.revision) : null;
  }

  async watch(prefix: string, fromRevision: bigint, handlers: WatchHandlers): Promise<Running> {
    const watcher = this.client.watch().prefix(prefix).startRevision(String(fromRevision))
      .watcher();
    let broken = false;
    const breakOnce = (cause: unknown) => {
      if (broken) return;
      broken = true;
      void watcher.cancel().catch(() => {});
      handlers.onBroken(cause);
    };
    watcher.on("data", (response) => {
      if (response.canceled || BigInt(response.compact_revision) > 0n) {
        breakOnce(new StoreError(`Cannot go on watching ${prefix}: the revision was compacted`));
        return;
      }
      for (const { type, kv } of response.events) {
        handlers.onChange({
          key: kv.key.toString(),
          value: isDelete(type) ? null : kv.value.toString(),
          modRevision: BigInt(kv.mod_revision),
        });
      }
    });
    watcher.on("error", breakOnce);
    // etcd3 would connect again by itself and say nothing meanwhile: whoever watches must know to be blind.
    watcher.on("disconnected", breakOnce);
    watcher.on("end", () => breakOnce(new StoreError(`The watch of ${prefix} ended`)));
    const deadline = setTimeout(
      () => breakOnce(new StoreError(`The watch of ${prefix} did not begin in time`)),
      CALL_DEADLINE_MS,
    );
    watcher.on("connected", () => clearTimeout(deadline));
    return await Promise.resolve({
      stop: async () => {
        clearTimeout(deadline);
        if (broken) return;
        broken = true;
        await watcher.cancel().catch(() => {});
      },
    });
  }

  /** How long (s) the lease of a key would last without another keepalive; null when it has none, or nobody answers. */
  async leaseLeftS(key: string): Promise<number | null> {
    try {
      const [found] = (await this.client.get(key).exec()).kvs;
      if (found === undefined || found.lease === "0") return null;
      const { TTL } = await this.client.leaseClient.leaseTimeToLive({ ID: found.lease });
      return Math.max(0, Number(TTL));
    } catch {
      return null;
    }
  }

  stop(): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }

  /** @param what The key or prefix that is asked about, for the error. */
  async #ask<T>(
    request: "get" | "list" | "commit",
    what: string,
    call: () => Promise<T>,
  ): Promise<T> {
    const startedAt = performance.now();
    const done = (outcome: "ok" | "failed") => {
      const seconds = (performance.now() - startedAt) / 1000;
      observe("roomcast_etcd_request_seconds", { request, outcome }, seconds);
    };
    try {
      const answer = await call();
      done("ok");
      return answer;
    } catch (cause) {
      done("failed");
      const tried = `Cannot ${`${request} ${what}`.trim()}`;
      if (isRefusal(cause)) {
        throw new StoreError(`${tried}: etcd refuses the user it was given`, { cause });
      }
      const why = guardsOf.get(this.client)?.find(({ failure }) => failure !== null)?.failure;
      const because = why === undefined || why === null ? "" : ` (${why})`;
      throw new StoreError(`${tried}: etcd did not answer${because}`, { cause });
    }
  }
}

function isDelete(type: unknown): boolean {
  return String(type).toUpperCase() === "DELETE" || type === 1;
}

function toEntry(kv: { key: Uint8Array; value: Uint8Array; mod_revision: string }): Entry {
  return {
    key: kv.key.toString(),
    value: kv.value.toString(),
    modRevision: BigInt(kv.mod_revision),
  };
}

/** Whether etcd has answered, and does not let us. */
function isRefusal(cause: unknown): boolean {
  return cause instanceof Error &&
    /etcdserver: (permission denied|authentication failed|invalid auth token|user name is empty)/
      .test(cause.message);
}
