import assert from "node:assert/strict";
import type { Change, Store } from "../../src/coordination/store.ts";

/** A store to be held to the contract, and the one thing that only its server can do. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Forgets all history before the store's present revision. */
  compact(): Promise<void>;
}

interface Seen {
  readonly changes: Change[];
  /** Resolves when so many changes were told. */
  until(count: number): Promise<readonly Change[]>;
  readonly broken: Promise<unknown>;
  stop(): Promise<void>;
}

/** Registers the tests that every {@link Store} passes: the assertions are the same for each. */
export function storeContract(name: string, open: () => StoreUnderTest): void {
  /** No two tests have a key in common. */
  let spaces = 0;
  const test = (does: string, run: (subject: StoreUnderTest, at: string) => Promise<void>) =>
    Deno.test(`${name} ${does}`, () => run(open(), `/contract/${++spaces}-${does.length}/`));

  test("commit() makes a key whose absence is guarded, and once only", async ({ store }, at) => {
    const absent = [{ key: `${at}a`, modRevision: 0n }];
    const revision = await store.commit(absent, [{ put: `${at}a`, value: "1" }]);
    assert.ok(revision !== null);
    assert.deepEqual(await store.get(`${at}a`), {
      key: `${at}a`,
      value: "1",
      modRevision: revision,
    });
    assert.equal(await store.commit(absent, [{ put: `${at}a`, value: "2" }]), null);
    assert.equal((await store.get(`${at}a`))?.value, "1");
  });

  test("commit() writes nothing when one of its guards does not hold", async ({ store }, at) => {
    const one = await put(store, `${at}a`, "1");
    const guards = [{ key: `${at}a`, modRevision: one }, { key: `${at}b`, modRevision: 1n }];
    const writes = [{ delete: `${at}a` }, { put: `${at}c`, value: "3" }];
    assert.equal(await store.commit(guards, writes), null);
    assert.deepEqual((await store.list(at)).entries.map(({ key }) => key), [`${at}a`]);
  });

  test(
    "commit() gives ever higher revisions, and all its keys the same one",
    async ({ store }, at) => {
      const first = await put(store, `${at}a`, "1");
      const both = await store.commit([{ key: `${at}a`, modRevision: first }], [
        { put: `${at}a`, value: "2" },
        { put: `${at}b`, value: "2" },
      ]);
      assert.ok(both !== null && both > first);
      const { entries, revision } = await store.list(at);
      assert.deepEqual(entries.map(({ modRevision }) => modRevision), [both, both]);
      assert.ok(revision >= both);
    },
  );

  test("commit() makes a deleted key absent to get, list and guards", async ({ store }, at) => {
    const made = await put(store, `${at}a`, "1");
    const gone = await store.commit([{ key: `${at}a`, modRevision: made }], [{
      delete: `${at}a`,
    }]);
    assert.ok(gone !== null && gone > made);
    assert.equal(await store.get(`${at}a`), null);
    assert.deepEqual((await store.list(at)).entries, []);
    assert.ok(await put(store, `${at}a`, "2") > gone);
  });

  test("commit() that deletes what is not there holds and is no news", async ({ store }, at) => {
    const before = (await store.list(at)).revision;
    const seen = await watch(store, at, before + 1n);
    const held = await store.commit([{ key: `${at}a`, modRevision: 0n }], [{ delete: `${at}a` }]);
    assert.equal(held, before);
    await put(store, `${at}b`, "1");
    assert.deepEqual((await seen.until(1)).map(({ key }) => key), [`${at}b`]);
    await seen.stop();
  });

  test("commit() refuses to be without a guard", async ({ store }, at) => {
    await assert.rejects(store.commit([], [{ put: `${at}a`, value: "1" }]), RangeError);
  });

  test("list() gives what begins with the prefix, in the order of keys", async ({ store }, at) => {
    for (const key of ["ab/x", "a/z", "a/b", "a", "b/a"]) await put(store, at + key, "1");
    const keys = async (prefix: string) => (await store.list(prefix)).entries.map((e) => e.key);
    assert.deepEqual(await keys(`${at}a/`), [`${at}a/b`, `${at}a/z`]);
    assert.deepEqual(await keys(`${at}a`), [`${at}a`, `${at}a/b`, `${at}a/z`, `${at}ab/x`]);
  });

  test("watch() tells every change from a past revision on, in order", async ({ store }, at) => {
    await put(store, `${at}before`, "0");
    const a = await put(store, `${at}a`, "1");
    const b = await put(store, `${at}b`, "2");
    const seen = await watch(store, at, a);
    await seen.until(2);
    const gone = await store.commit([{ key: `${at}a`, modRevision: a }], [{ delete: `${at}a` }]);
    await put(store, `${at.slice(0, -1)}beside`, "not ours");
    const last = await put(store, `${at}c`, "3");
    assert.deepEqual(await seen.until(4), [
      { key: `${at}a`, value: "1", modRevision: a },
      { key: `${at}b`, value: "2", modRevision: b },
      { key: `${at}a`, value: null, modRevision: gone },
      { key: `${at}c`, value: "3", modRevision: last },
    ]);
    await seen.stop();
  });

  test("watch() tells all keys of one commit under one revision", async ({ store }, at) => {
    const { revision } = await store.list(at);
    const seen = await watch(store, at, revision + 1n);
    const both = await store.commit([{ key: `${at}a`, modRevision: 0n }], [
      { put: `${at}a`, value: "1" },
      { put: `${at}b`, value: "2" },
    ]);
    const told = (await seen.until(2)).toSorted((x, y) => x.key < y.key ? -1 : 1);
    assert.deepEqual(told.map(({ key, modRevision }) => [key, modRevision]), [
      [`${at}a`, both],
      [`${at}b`, both],
    ]);
    await seen.stop();
  });

  test("watch() after a listing misses nothing and repeats nothing", async ({ store }, at) => {
    await put(store, `${at}a`, "listed");
    const { revision } = await store.list(at);
    await put(store, `${at}b`, "between");
    const seen = await watch(store, at, revision + 1n);
    await put(store, `${at}c`, "after");
    assert.deepEqual((await seen.until(2)).map(({ value }) => value), ["between", "after"]);
    await seen.stop();
  });

  test("watch() is silent after stop()", async ({ store }, at) => {
    const { revision } = await store.list(at);
    const [stopped, other] = [
      await watch(store, at, revision + 1n),
      await watch(store, at, revision + 1n),
    ];
    await put(store, `${at}a`, "1");
    await Promise.all([stopped.until(1), other.until(1)]);
    await stopped.stop();
    await put(store, `${at}a`, "2", (await store.get(`${at}a`))?.modRevision);
    await other.until(2);
    assert.equal(stopped.changes.length, 1);
    await other.stop();
  });

  test("watch() breaks when its revision was compacted", async ({ store, compact }, at) => {
    const old = await put(store, `${at}a`, "1");
    await put(store, `${at}b`, "2");
    await compact();
    const seen = await watch(store, at, old);
    assert.ok(await seen.broken);
    assert.deepEqual(seen.changes, []);
    const { entries, revision } = await store.list(at);
    assert.equal(entries.length, 2);
    const again = await watch(store, at, revision + 1n);
    await put(store, `${at}c`, "3");
    assert.equal((await again.until(1))[0]?.value, "3");
    await again.stop();
  });
}

async function put(store: Store, key: string, value: string, modRevision = 0n): Promise<bigint> {
  const revision = await store.commit([{ key, modRevision }], [{ put: key, value }]);
  assert.ok(revision !== null, `Cannot put ${key}`);
  return revision;
}

async function watch(store: Store, prefix: string, from: bigint): Promise<Seen> {
  const changes: Change[] = [];
  const waiting: { count: number; resolve: (changes: readonly Change[]) => void }[] = [];
  const broken = Promise.withResolvers<unknown>();
  const running = await store.watch(prefix, from, {
    onChange: (change) => {
      changes.push(change);
      for (const { count, resolve } of waiting) if (changes.length >= count) resolve(changes);
    },
    onBroken: (cause) => broken.resolve(cause ?? new Error("broken")),
  });
  return {
    changes,
    broken: broken.promise,
    stop: () => running.stop(),
    until: (count) => {
      const { promise, resolve } = Promise.withResolvers<readonly Change[]>();
      waiting.push({ count, resolve });
      if (changes.length >= count) resolve(changes);
      return promise;
    },
  };
}
