import { type LinkKey, LinkKeyId } from "../contracts/listen_links.ts";
import { KEYS, LINK_KEYS_PREFIX } from "../contracts/keys.ts";
import { parseEntry } from "./values.ts";
import { type WatchedOptions, WatchedPrefix } from "./watched_prefix.ts";

/** The keys that sign listening links, from memory. */
export class LinkKeyStore extends WatchedPrefix<[kid: string]> {
  readonly #keys = new Map<string, LinkKey>();

  constructor(options: WatchedOptions) {
    super(LINK_KEYS_PREFIX, options);
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
    this.informer.learn({ key: path, value, modRevision });
  }

  /** @throws StoreError when etcd did not answer. */
  async remove(kid: string): Promise<void> {
    const key = `${LINK_KEYS_PREFIX}${kid}`;
    const found = this.informer.get(key);
    if (found === null) return;
    const { modRevision } = found;
    const revision = await this.options.store.commit([{ key, modRevision }], [{ delete: key }]);
    if (revision !== null) this.informer.learn({ key, value: null, modRevision: revision });
  }

  protected override changed(key: string): [string] | null {
    const kid = LinkKeyId.safeParse(key.slice(LINK_KEYS_PREFIX.length)).data;
    if (kid === undefined) return null;
    const entry = this.informer.get(key);
    const value = entry && parseEntry(KEYS.linkKey.schema, entry, this.options.log);
    if (value) this.#keys.set(kid, value);
    else this.#keys.delete(kid);
    return [kid];
  }
}
