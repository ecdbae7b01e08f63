import type { Running } from "../../src/platform/lifecycle.ts";
import type { Store, WatchHandlers } from "../../src/coordination/store.ts";
import type { MemoryEtcd } from "./memory_etcd.ts";

/** {@link Store} on an etcd in memory: what it promises, and no faults (see FaultyStore). */
export class MemoryStore implements Store {
  constructor(private readonly etcd: MemoryEtcd) {}

  get(key: string) {
    return Promise.resolve(this.etcd.get(key));
  }

  list(prefix: string) {
    return Promise.resolve(this.etcd.list(prefix));
  }

  commit(...[guards, writes]: Parameters<Store["commit"]>): ReturnType<Store["commit"]> {
    if (guards.length === 0) return Promise.reject(new RangeError("Cannot commit without a guard"));
    return Promise.resolve(this.etcd.commit(guards, writes));
  }

  watch(prefix: string, fromRevision: bigint, handlers: WatchHandlers): Promise<Running> {
    let over = false;
    const later = (tell: () => void) =>
      void Promise.resolve().then(() => {
        if (!over) tell();
      });
    const end = this.etcd.watch(fromRevision, {
      prefix,
      onCommit: (changes) => later(() => changes.forEach(handlers.onChange)),
      onBroken: (cause) =>
        later(() => {
          over = true;
          handlers.onBroken(cause);
        }),
    });
    return Promise.resolve({
      stop: () => {
        over = true;
        return Promise.resolve(end());
      },
    });
  }
}
