import { AppError } from "../../contracts/errors.ts";
import { partUri } from "../../contracts/hls.ts";
import type { RoomId } from "../../contracts/ids.ts";
import { partPlace } from "../../hls/part_place.ts";
import type { PlaylistLive } from "../../hls/playlist.ts";
import { silentPart } from "../../hls/silent_part.ts";
import { sleep } from "../../platform/backoff.ts";
import { count, observe } from "../../platform/metrics.ts";
import type { Audience } from "./audience.ts";
import type { CoalescingCache } from "./coalescing_cache.ts";
import { type Asking, firstAnswer, NoAnswer } from "./first_answer.ts";
import type { OriginHealth } from "./origin_health.ts";
import { OriginView } from "./origin_view.ts";
import type { Origin } from "./origins.ts";
import { mediaPiece, type Piece } from "./piece.ts";
import type { Position } from "./position.ts";
import type { Target } from "./resolver.ts";
import { RoomClock } from "./room_clock.ts";
import { OriginFailure } from "./upstream.ts";

/** The broadcast has no such part: it ended before. */
export class BroadcastEnded extends Error {
  override readonly name = "BroadcastEnded";

  /** @param end How many parts it has. */
  constructor(readonly end: number) {
    super("The broadcast ended before this part");
  }
}

export interface PartSourceOptions {
  readonly roomId: RoomId;
  readonly live: PlaylistLive;
  /** Where the broadcast is served from now; null: nobody knows any more. */
  readonly target: () => Target | null;
  /** The number of the first part that nobody was told of yet. */
  readonly frontier: () => number;
  readonly cache: CoalescingCache<Piece>;
  readonly health: OriginHealth;
  readonly audience: Pick<Audience, "came" | "stoodIn">;
}

type Times = Pick<Asking<unknown, unknown>, "hedgeAt" | "giveUpAt">;

/** Later than due by this (ms), another origin is asked as well. */
const HEDGE_MS = 120;
/** Later than due by this (ms), the part is made here. A player waits some 640 ms. */
const STAND_IN_MS = 250;
/** The same where every origin has failed just before, and how long (ms) one is asked for a part that is overdue. */
const DOUBTFUL = { late: 180, overdue: 60 } as const;
/** Who asks for what was due longer ago (ms) has just come: with parts of 10 frames, players hold back no more. */
const RESERVE_MS = 640;
/** How long (ms) an origin that has not failed is asked for what was due less long ago: what it has it gives at once. */
const OVERDUE_MS = 120;
/** How long (ms) an origin may take to say how far it is to an edge that knows nothing yet, while somebody plays. */
const POSITION_MS = 100;
/** How long (ms) an origin may take for what no player waits for in the middle of playing. */
const PATIENCE_MS = 800;
/** Who waited longer than this (ms) for a part had asked before it was there. */
const AWAITED_MS = 30;
/** How long (ms) after the time is up answers are still taken of a process that runs; see {@link firstAnswer}. */
const FROZEN_MS = 200;
/** How long (ms) the end of a broadcast may take to come from its mixer. */
const END_MS = 1000;
/** How long (ms) an origin that did not give something is asked last. */
const DOUBT_MS = 1000;

/** The parts of one broadcast, in time: from an origin, from another one, or of silence. Each is got once. */
export class PartSource {
  readonly clock: RoomClock;
  readonly #views = new Map<string, { view: OriginView; doubtedAt: number }>();

  constructor(private readonly options: PartSourceOptions) {
    this.clock = new RoomClock(options.live);
  }

  /** The URL path of a part. */
  path(number: number): string {
    const { roomId, live } = this.options;
    const { msn, part } = partPlace(live, number);
    return `/hls/${roomId}/${partUri(live.liveId, msn, part)}`;
  }

  /** Whether the origins number the parts as we do. */
  get aligned(): boolean {
    return this.#origins().every((origin) => this.#view(origin).view.shift === 0);
  }

  /**
   * A part: at once when it is known, else as soon as it is due.
   *
   * @throws BroadcastEnded
   */
  get(number: number): Promise<Piece> {
    return this.options.cache.get(this.path(number), () => this.#fetch(number));
  }

  /**
   * How far the broadcast is, by an origin; null: none says so in time.
   *
   * @param playing Somebody who asks is in the middle of playing: another edge served them until now.
   */
  async locate(playing: boolean): Promise<Position | null> {
    const now = performance.now();
    const known = this.clock.set;
    const limitMs = known ? STAND_IN_MS : playing ? POSITION_MS : PATIENCE_MS;
    try {
      const { source, value } = await this.first(
        (origin, signal) => this.#view(origin).view.position(signal),
        { hedgeAt: now + HEDGE_MS, giveUpAt: now + limitMs },
      );
      if (!value.ended && value.next > this.options.frontier()) {
        this.#learn(value.next - 1, source, false);
      }
      return value;
    } catch (err) {
      if (err instanceof NoAnswer) return null;
      throw err;
    }
  }

  /**
   * The first good answer of the broadcast's origins.
   *
   * @throws NoAnswer
   */
  async first<T>(
    ask: (origin: Origin, signal: AbortSignal) => Promise<T>,
    times: Times,
  ): Promise<{ source: Origin; value: T }> {
    const { health } = this.options;
    const answer = await firstAnswer({
      ...times,
      sources: this.#origins(),
      ask,
      onFailure: (origin, cause) => {
        this.#view(origin).doubtedAt = performance.now();
        if (cause instanceof OriginFailure && cause.of === "node") health.refused(origin);
      },
      onLate: (origin) => {
        this.#view(origin).doubtedAt = performance.now();
        health.late(origin);
      },
    });
    health.answered(answer.source);
    this.#view(answer.source).doubtedAt = -Infinity;
    const primary = this.options.target()?.origins[0];
    if (answer.source.url !== primary?.url) count("roomcast_edge_failovers_total", {});
    return answer;
  }

  async #fetch(number: number): Promise<Piece> {
    const due = this.clock.due(number) ?? performance.now();
    const times = this.#times(due);
    const first = await this.#ask(number, times);
    if (first !== null) return first;
    const refused = performance.now() < times.giveUpAt;
    await sleep(Math.max(0, due - performance.now()));
    // Who refused before it was due may be back, or the room be with another mixer.
    const now = performance.now();
    const second = { hedgeAt: now + DOUBTFUL.overdue / 2, giveUpAt: now + DOUBTFUL.overdue };
    return (refused ? await this.#ask(number, second) : null) ?? this.#standIn(number);
  }

  /** An origin that was numbered anew may be up to a part early: who plays what comes early stalls when the next is on time. */
  async #keepPace(number: number, origin: Origin, awaited: boolean): Promise<void> {
    this.#learn(number, origin, awaited);
    const due = this.clock.due(number) ?? 0;
    if (this.#view(origin).view.shift !== 0) await sleep(Math.max(0, due - performance.now()));
  }

  /** A part that was new has come. Of an origin numbered by our clock, the clock learns nothing. */
  #learn(number: number, origin: Origin, awaited: boolean): void {
    const now = performance.now();
    const due = awaited ? this.clock.due(number) : null;
    if (due !== null) {
      observe("roomcast_edge_part_lateness_seconds", {}, Math.max(0, now - due) / 1000);
      this.options.audience.came(now - due);
    }
    if (this.#view(origin).view.shift === 0) this.clock.learn(number, now, awaited);
    else this.clock.use(now);
  }

  /** The part from an origin; null: none gives it in time. */
  async #ask(number: number, times: Times): Promise<Piece | null> {
    const isNew = number >= this.options.frontier();
    const askedAt = performance.now();
    try {
      const { source, value } = await this.first(
        (origin, signal) => this.#view(origin).view.part(number, signal),
        times,
      );
      if ("piece" in value) {
        const now = performance.now();
        // An answer after the time was up: this process was not running, and when the part came nobody knows.
        const wasFrozen = now > times.giveUpAt + FROZEN_MS;
        const awaited = now - askedAt > AWAITED_MS;
        if (isNew && !wasFrozen) await this.#keepPace(number, source, awaited);
        return value.piece;
      }
      if (isNew) throw new BroadcastEnded(value.end);
      return null;
    } catch (err) {
      if (err instanceof NoAnswer) return null;
      throw err;
    }
  }

  #times(due: number): Times {
    const now = performance.now();
    const from = Math.max(now, due);
    const hedgeAt = from + HEDGE_MS;
    if (this.options.target()?.over !== null) return { hedgeAt, giveUpAt: from + END_MS };
    if (this.#origins().every((origin) => this.#isDoubtful(origin))) {
      return { hedgeAt, giveUpAt: Math.max(due + DOUBTFUL.late, now + DOUBTFUL.overdue) };
    }
    if (now - due > RESERVE_MS) return { hedgeAt, giveUpAt: now + PATIENCE_MS };
    // One that is a little overdue may be what a player is about to run out of: another edge waited for it before us.
    return { hedgeAt, giveUpAt: Math.max(due + STAND_IN_MS, now + OVERDUE_MS) };
  }

  /** A part of silence. Of a broadcast that is over, only those that listeners were told of. */
  #standIn(number: number): Piece {
    const { live, target, frontier } = this.options;
    const known = target();
    if (known === null) throw new AppError("room_over", "The broadcast is over");
    if (known.over !== null && number >= frontier()) throw new BroadcastEnded(frontier());
    count("roomcast_edge_standins_total", { kind: "part" });
    this.options.audience.stoodIn();
    this.clock.use(performance.now());
    return mediaPiece(silentPart(live, number), 0);
  }

  /** The origins, those that gave what they were asked for first. */
  #origins(): readonly Origin[] {
    const origins = this.options.target()?.origins ?? [];
    for (const origin of origins) this.options.health.want(origin);
    const good = origins.filter((origin) => !this.#isDoubtful(origin));
    return [...good, ...origins.filter((origin) => !good.includes(origin))];
  }

  #isDoubtful(origin: Origin): boolean {
    const { doubtedAt } = this.#view(origin);
    return this.options.health.isIll(origin) || performance.now() - doubtedAt < DOUBT_MS;
  }

  #view({ url }: Origin) {
    const known = this.#views.get(url);
    if (known) return known;
    const { roomId, live, frontier } = this.options;
    const view = new OriginView({ roomId, live, url, clock: this.clock, frontier });
    const made = { view, doubtedAt: -Infinity };
    this.#views.set(url, made);
    return made;
  }
}
