import { type LinkKey, LinkKeyId } from "../contracts/listen_links.ts";
import { KEYS, LINK_KEYS_PREFIX } from "../contracts/keys.ts";
import type { Log } from "../platform/log.ts";
import type { Running } from "../platform/lifecycle.ts";
import { Informer } from "./informer.ts";
import type { Store } from "./store.ts";
import { parseEntry } from "./values.ts";

/** The keys that sign listening links, from memory. */
export class LinkKeyStore implements Running {
  readonly #informer: Informer;
  readonly #keys = new Map<string, LinkKey>();

  constructor(private readonly options: { store: Store; log: Log; relistMs?: number }) {
    this.#informer = new Informer({
      ...options,
      prefix: LINK_KEYS_PREFIX,
      onChange: (key) => {
        const kid = LinkKeyId.safeParse(key.slice(LINK_KEYS_PREFIX.length)).data;
        if (kid === undefined) return;
        const entry = this.#informer.get(key);
        const value = entry && parseEntry(KEYS.linkKey.schema, entry, options.log);
        if (value) this.#keys.set(kid, value);
        else this.#keys.delete(kid);
      },
    });
  }

  /** Resolves after the first full listing. */
  start(): Promise<void> {
    return this.#informer.start();
  }

  stop(): Promise<void> {
    return this.#informer.stop();
  }

  /** Whether a key that is not here does not exist. */
  get synced(): boolean {
    return this.#informer.synced;
  }

  get(kid: string): LinkKey | null {
    return this.#keys.get(kid) ?? null;
  }

  /** All keys by id. */
  all(): ReadonlyMap<string, LinkKey> {
    return this.#keys;
  }

  /** @throws StoreError when etcd did not answer. */
  async add(kid: string, key: LinkKey): Promise<void> {
    const path = `${LINK_KEYS_PREFIX}${LinkKeyId.parse(kid)}`;
    const value = JSON.stringify(KEYS.linkKey.schema.parse(key));
    const modRevision = await this.options.store.commit([{ key: path, modRevision: 0n }], [
      { put: path, value },
    ]);
    if (modRevision === null) throw new Error(`Cannot make the key ${kid}: there is one`);
    this.#informer.learn({ key: path, value, modRevision });
  }

  /** @throws StoreError when etcd did not answer. */
  async remove(kid: string): Promise<void> {
    const key = `${LINK_KEYS_PREFIX}${kid}`;
    const found = this.#informer.get(key);
    if (found === null) return;
    const { modRevision } = found;
    const revision = await this.options.store.commit([{ key, modRevision }], [{ delete: key }]);
    if (revision !== null) this.#informer.learn({ key, value: null, modRevision: revision });
  }
}
