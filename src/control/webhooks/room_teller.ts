import { AppError } from "../../contracts/errors.ts";
import type { NodeId, RoomId } from "../../contracts/ids.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import { Reconciler } from "../../coordination/reconciler.ts";
import { isUnreadable, type RoomStore } from "../../coordination/rooms.ts";
import { backoffMs, sleep } from "../../platform/backoff.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { type Happening, type Seen, tell, type Telling, type Told } from "./happenings.ts";
import type { Publisher } from "./publisher.ts";
import { factsOf, isBefore, type RoomFacts, sameFacts } from "./room_facts.ts";
import { RoomWatch } from "./room_watch.ts";
import type { ToldRecord, ToldRecords } from "./told_records.ts";

export interface RoomTellerOptions {
  readonly rooms: RoomStore;
  readonly nodes: NodeStore;
  readonly records: ToldRecords;
  readonly publisher: Publisher;
  /** Done before rooms are told of, and again with each comparison of all. */
  readonly prepare: () => Promise<void>;
  readonly log: Log;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/** How often (ms) all rooms are compared with what was told of them. */
const PASS_MS = 60_000;
/** How many moments of a room are kept while they cannot be told. */
const MAX_BACKLOG = 50;
/** How often a telling is made anew at once when another Room Manager was faster. */
const MAX_TRIES = 4;

/**
 * Tells what happens to rooms, by comparing etcd with what is on record as told. Any number of tellers may run: the record
 * and the events are one step that only one of them gets to make. What happened while none ran is found by the same
 * comparison, as far as it has left traces.
 */
export class RoomTeller implements Running {
  readonly #reconciler: Reconciler;
  readonly #watch: RoomWatch;
  readonly #abort = new AbortController();
  readonly #now: () => number;
  /** Moments of rooms that are yet to be told, in their order. */
  readonly #backlog = new Map<RoomId, RoomFacts[]>();
  #known = new Map<RoomId, ToldRecord>();
  #startedAt = Infinity;
  #baseline = 0;
  #behind = true;
  #loop: Promise<void> | undefined;
  #unsubscribe: readonly (() => void)[] = [];

  constructor(private readonly options: RoomTellerOptions) {
    const { rooms, nodes, log, now = Date.now } = options;
    this.#now = now;
    this.#reconciler = new Reconciler({ reconcile: (id) => this.#reconcile(id), log });
    const blind = () => rooms.unhealthy() ?? nodes.unhealthy();
    this.#watch = new RoomWatch({ nodes, blind, now });
  }

  start(): void {
    const { rooms, nodes } = this.options;
    this.#startedAt = this.#now();
    this.#unsubscribe = [
      rooms.onChange((id) => {
        this.#note(id);
        this.#reconciler.enqueue(id);
      }),
      nodes.onChange((_kind, id) => this.#enqueueOn(id)),
    ];
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#abort.abort(new Error("The teller was stopped"));
    await this.#reconciler.stop();
    await this.#loop;
  }

  /** Keeps the room as it is at this moment, for it may be otherwise when there is time to tell. */
  #note(id: RoomId): void {
    const room = this.options.rooms.get(id);
    if (room.meta === null || isUnreadable(room)) return;
    const facts = factsOf(room.meta, room.livemeta);
    const moments = this.#backlog.get(id) ?? [];
    const last = moments.at(-1) ?? this.#known.get(id)?.told ?? null;
    if (last !== null && sameFacts(last, facts)) return;
    if (isTorn(facts, last)) return;
    this.#backlog.set(id, [...moments, facts].slice(-MAX_BACKLOG));
  }

  /** A node that came or went says something of every room placed on it. */
  #enqueueOn(node: NodeId): void {
    const { rooms } = this.options;
    for (const id of rooms.ids()) {
      const { livemeta } = rooms.get(id);
      if (livemeta === null) continue;
      const { janusId, mixerId, standbyId } = livemeta;
      if ([janusId, mixerId, standbyId].includes(node)) this.#reconciler.enqueue(id);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#passAll();
        failures = 0;
      } catch (err) {
        failures += 1;
        if (failures === 1) this.options.log.warn({ err }, "webhook events wait for Redis");
      }
      const giveUpAt = performance.now() + PASS_MS;
      do {
        const pause = failures > 0 ? backoffMs(failures, { maxMs: 2000 }) : 500;
        await sleep(pause, signal).catch(() => {});
      } while (!this.#behind && !signal.aborted && performance.now() < giveUpAt);
    }
  }

  /** Compares all rooms with what was told of them. */
  async #passAll(): Promise<void> {
    const { rooms, records, prepare } = this.options;
    await prepare();
    const known = await records.all();
    this.#baseline = await records.baseline(this.#startedAt);
    // Redis may have lost its data; then what we remember is all there is.
    for (const [id, { told }] of this.#known) {
      if (!known.has(id) && rooms.get(id).meta !== null) known.set(id, { text: "", told });
    }
    this.#known = known;
    this.#behind = false;
    for (const id of new Set([...rooms.ids(), ...known.keys()])) {
      const { meta, livemeta } = rooms.get(id);
      const record = known.get(id);
      const isTold = meta !== null && livemeta === null && record?.told != null &&
        record.text !== "" && sameFacts(record.told, factsOf(meta, null));
      if (!isTold) this.#reconciler.enqueue(id);
    }
  }

  async #reconcile(id: RoomId): Promise<number | null> {
    // The keys of one transaction come one after the other, and this is called between them.
    await Promise.resolve();
    if (this.#behind) return null;
    try {
      for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
        const again = await this.#tellOne(id);
        if (again !== "raced") return again;
        await this.#reread(id);
      }
      return 200;
    } catch (err) {
      if (!(err instanceof AppError) || err.code !== "unavailable") throw err;
      this.#behind = true;
      return null;
    }
  }

  /** Another Room Manager has told something, or Redis has lost its data. */
  async #reread(id: RoomId): Promise<void> {
    const { records, rooms } = this.options;
    const record = await records.get(id);
    const told = this.#known.get(id)?.told ?? null;
    if (record !== null) this.#known.set(id, record);
    else if (told !== null && rooms.get(id).meta !== null) this.#known.set(id, { text: "", told });
    else this.#known.delete(id);
  }

  /** Returns the ms after which to look again, or that somebody else was faster. */
  async #tellOne(id: RoomId): Promise<number | null | "raced"> {
    const { rooms, publisher } = this.options;
    const look = this.#watch.look(id, rooms.get(id));
    if (look === null) return null;
    if (look.seen === null && !await this.#isGone(id)) return 500;
    const moments = this.#backlog.get(id) ?? [];
    const record = this.#known.get(id) ?? { text: "", told: null };
    const telling = await this.#telling(id, record, moments, look.seen);
    const isNews = telling.events.length > 0 || !isOnRecord(record, telling.told);
    if (isNews) {
      const text = telling.told === null ? "" : JSON.stringify(telling.told);
      const placed = { expect: record.text, told: text };
      if (!await publisher.publish(id, telling.events, placed)) return "raced";
      if (telling.told === null) this.#known.delete(id);
      else this.#known.set(id, { text, told: telling.told });
      this.#log(id, telling.events);
    }
    const left = (this.#backlog.get(id) ?? []).filter((moment) => !moments.includes(moment));
    if (left.length > 0) this.#backlog.set(id, left);
    else this.#backlog.delete(id);
    return look.againMs;
  }

  /** Whether etcd says so too: memory may be behind those who told of the room. */
  async #isGone(id: RoomId): Promise<boolean> {
    if (!this.#known.has(id) && !this.#backlog.has(id)) return true;
    const room = await this.options.rooms.read(id);
    return room.revisions.meta === 0n;
  }

  async #telling(
    id: RoomId,
    record: ToldRecord,
    moments: readonly RoomFacts[],
    seen: Seen | null,
  ): Promise<Telling> {
    const events: Happening[] = [];
    const first = moments[0] ?? seen?.facts;
    let told = record.told ?? (first === undefined ? null : this.#adopted(record, first, seen));
    for (const moment of [...moments.map((facts) => ({ facts, state: null })), seen]) {
      const isOld = told !== null && moment !== null && isBefore(moment.facts, told);
      if (isOld && (moment !== seen || !await this.#wentBack(id, told))) continue;
      const step = tell(told, moment, this.#now());
      told = step.told;
      events.push(...step.events);
    }
    return { told, events };
  }

  /** A room that was there before anybody told of rooms, or whose record cannot be read, is taken as it is. */
  #adopted({ text }: ToldRecord, first: RoomFacts, seen: Seen | null): Told | null {
    if (text === "" && first.createdAt >= this.#baseline) return null;
    const state = seen?.facts.live?.id === first.live?.id ? seen?.state?.name ?? null : null;
    return { ...first, state, changes: 0 };
  }

  /** Whether etcd itself has an older state of the room than was told, as after a restore. */
  async #wentBack(id: RoomId, told: Told | null): Promise<boolean> {
    const { meta, livemeta } = await this.options.rooms.read(id);
    return meta !== null && told !== null && isBefore(factsOf(meta, livemeta), told);
  }

  #log(roomId: RoomId, events: readonly Happening[]): void {
    for (const { type, id } of events) this.options.log.debug({ roomId, event: id, type }, "told");
  }
}

/** Whether the room's meta tells of a start whose livemeta is yet to come: they are told of one after the other. */
function isTorn({ createdAt, lives, live }: RoomFacts, last: RoomFacts | null): boolean {
  if (live !== null) return live.number !== lives;
  return last !== null && last.createdAt === createdAt && lives > last.lives;
}

function isOnRecord({ text, told }: ToldRecord, now: Told | null): boolean {
  if (now === null) return text === "";
  return text !== "" && told !== null && sameFacts(told, now) && told.state === now.state &&
    told.changes === now.changes;
}
