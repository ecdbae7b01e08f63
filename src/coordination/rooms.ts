import {
  KEYS,
  parseRoomKey,
  ROOM_PARTS,
  roomKey,
  type RoomPart,
  ROOMS_PREFIX,
} from "../contracts/keys.ts";
import type { RoomId } from "../contracts/ids.ts";
import type { RoomRecord } from "../contracts/room.ts";
import type { Entry, Guard, Write } from "./store.ts";
import { parseEntry } from "./values.ts";
import { type WatchedOptions, WatchedPrefix } from "./watched_prefix.ts";

/** A room with the revision of each part, for guarded writes (0: the part is absent). */
export interface VersionedRoom extends RoomRecord {
  readonly revisions: Readonly<Record<RoomPart, bigint>>;
}

/** Whether the wish cannot be read: then nobody knows that the room is over, and nothing may be torn down. */
export function isUnreadable({ livemeta, revisions }: VersionedRoom): boolean {
  return livemeta === null && revisions.livemeta !== 0n;
}

/** The part's type. */
export type PartValue<P extends RoomPart> = NonNullable<RoomRecord[P]>;

/**
 * All rooms as etcd has them, from memory, and guarded writes to them. A value that does not fit its schema
 * counts as absent and is logged once.
 */
export class RoomStore extends WatchedPrefix<[id: RoomId]> {
  readonly #ids = new Map<RoomId, number>();
  readonly #parsed = new Map<string, { entry: Entry; value: unknown }>();

  constructor(options: WatchedOptions) {
    super(ROOMS_PREFIX, options);
  }

  /** The ids of all rooms of which any part exists. */
  ids(): RoomId[] {
    return [...this.#ids.keys()];
  }

  get(id: RoomId): VersionedRoom {
    return this.#assemble((part) => this.informer.get(roomKey(id, part)));
  }

  /** The room as etcd has it now, not as memory does. For decisions that must not rest on an old view. */
  async read(id: RoomId): Promise<VersionedRoom> {
    const { entries } = await this.options.store.list(`${ROOMS_PREFIX}${id}/`);
    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    return this.#assemble((part) => byKey.get(roomKey(id, part)) ?? null);
  }

  /**
   * Writes parts of a room (null deletes) in one transaction that holds only if every part in `guards` still
   * has the revision given.
   *
   * @returns False when a guard did not hold: look again.
   * @throws StoreError when etcd did not answer; the write may have happened.
   */
  async write(
    id: RoomId,
    guards: Partial<Record<RoomPart, bigint>>,
    parts: { [P in RoomPart]?: PartValue<P> | null },
  ): Promise<boolean> {
    const writes: Write[] = ROOM_PARTS.flatMap((part): Write[] => {
      const value = parts[part];
      if (value === undefined) return [];
      const key = roomKey(id, part);
      if (value === null) return [{ delete: key }];
      return [{ put: key, value: JSON.stringify(KEYS[part].schema.parse(value)) }];
    });
    const guardList = ROOM_PARTS.flatMap((part): Guard[] => {
      const modRevision = guards[part];
      return modRevision === undefined ? [] : [{ key: roomKey(id, part), modRevision }];
    });
    const revision = await this.options.store.commit(guardList, writes);
    if (revision === null) return false;
    for (const write of writes) {
      if ("put" in write) {
        this.informer.learn({ key: write.put, value: write.value, modRevision: revision });
      } else {
        this.informer.learn({ key: write.delete, value: null, modRevision: revision });
      }
    }
    return true;
  }

  #assemble(entryOf: (part: RoomPart) => Entry | null): VersionedRoom {
    const entries = Object.fromEntries(
      ROOM_PARTS.map((part) => [part, entryOf(part)]),
    ) as Record<RoomPart, Entry | null>;
    return {
      meta: this.#parse("meta", entries.meta),
      livemeta: this.#parse("livemeta", entries.livemeta),
      janus: this.#parse("janus", entries.janus),
      mixer: this.#parse("mixer", entries.mixer),
      standby: this.#parse("standby", entries.standby),
      revisions: {
        meta: entries.meta?.modRevision ?? 0n,
        livemeta: entries.livemeta?.modRevision ?? 0n,
        janus: entries.janus?.modRevision ?? 0n,
        mixer: entries.mixer?.modRevision ?? 0n,
        standby: entries.standby?.modRevision ?? 0n,
      },
    };
  }

  #parse<P extends RoomPart>(part: P, entry: Entry | null): PartValue<P> | null {
    if (entry === null) return null;
    const known = this.#parsed.get(entry.key);
    if (known !== undefined && isSame(known.entry, entry)) {
      return known.value as PartValue<P> | null;
    }
    const value = parseEntry(KEYS[part].schema, entry, this.options.log);
    this.#parsed.set(entry.key, { entry, value });
    return value as PartValue<P> | null;
  }

  protected override changed(key: string): [RoomId] | null {
    const parsed = parseRoomKey(key);
    if (parsed === null) return null;
    const left = ROOM_PARTS.filter((part) => this.informer.get(roomKey(parsed.id, part))).length;
    if (left > 0) this.#ids.set(parsed.id, left);
    else this.#ids.delete(parsed.id);
    if (this.informer.get(key) === null) this.#parsed.delete(key);
    return [parsed.id];
  }
}

/** A store that went back in time gives a revision twice, with another value. */
function isSame(a: Entry, b: Entry): boolean {
  return a.modRevision === b.modRevision && a.value === b.value;
}
