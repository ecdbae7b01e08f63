import { AppError } from "../../contracts/errors.ts";
import {
  type DeliveryDirectives,
  type HlsPath,
  parseDirectives,
  parseHlsPath,
} from "../../contracts/hls.ts";
import type { RoomId } from "../../contracts/ids.ts";
import { SEGMENT_MS } from "../../contracts/media_clock.ts";
import { partMs } from "../../hls/part_place.ts";
import { hlsRoute } from "../../hls/route_name.ts";
import { problemResponse } from "../../platform/http.ts";
import { countRequest } from "../../platform/http_metrics.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { corsHeaders } from "../../platform/cors.ts";
import { collect, collectValue, countFromZero } from "../../platform/metrics.ts";
import type { Audience } from "./audience.ts";
import type { Admission } from "./admission.ts";
import { Broadcast } from "./broadcast.ts";
import { ClassicFiles } from "./classic_files.ts";
import { CoalescingCache } from "./coalescing_cache.ts";
import { ListenerCount } from "./listener_count.ts";
import type { OriginHealth } from "./origin_health.ts";
import { multivariantPiece, type Piece } from "./piece.ts";
import type { OriginResolver, Target } from "./resolver.ts";

/** What a page of another origin may read, if it may play rooms at all. */
const EXPOSED = { "access-control-expose-headers": "date, retry-after, roomcast-source-frames" };

/** How much memory (bytes) pieces may take. */
const CACHE_BYTES = 128 * 1024 * 1024;
/** How often (ms) broadcasts that nobody can ask for any more are forgotten. */
const SWEEP_MS = 30_000;
/** How long (ms) a player of the classic rendition waits between two looks at its playlist: its segments' length. */
const CLASSIC_RELOAD_MS = 2000;

export interface EdgeOptions {
  readonly resolver: OriginResolver;
  readonly health: OriginHealth;
  readonly audience: Audience;
  readonly admission: Admission;
  /** Origins whose pages may play rooms; `*` for all. */
  readonly origins: readonly string[];
  readonly log: Log;
}

/**
 * HLS for listeners: each part is fetched once from a mixer of the room and given to everyone from memory, also to those
 * who asked before it existed. When no mixer gives it in time, a part of silence stands in, so that nobody's player waits.
 */
export class Edge implements Running {
  readonly #cache: CoalescingCache<Piece>;
  readonly #classic: ClassicFiles;
  /** By room; the one that was served last. */
  readonly #broadcasts = new Map<RoomId, { liveId: string; broadcast: Broadcast }>();
  readonly #sweep: ReturnType<typeof setInterval>;
  readonly #listeners = new ListenerCount();
  readonly #unmeasure: readonly (() => void)[];

  constructor(private readonly options: EdgeOptions) {
    this.#cache = new CoalescingCache(CACHE_BYTES);
    this.#classic = new ClassicFiles(options.health);
    this.#sweep = setInterval(() => this.#forget(), SWEEP_MS);
    const { counts } = this.#cache;
    const kinds = ["part", "playlist", "init"];
    countFromZero("roomcast_edge_standins_total", kinds.map((kind) => ({ kind })));
    this.#unmeasure = [
      collectValue("roomcast_edge_broadcasts", () => this.#broadcasts.size),
      collectValue("roomcast_edge_cache_bytes", () => this.#cache.bytes),
      collect("roomcast_edge_lookups_total", () => [
        { labels: { result: "hit" }, value: counts.hits },
        { labels: { result: "fetch" }, value: counts.misses },
      ]),
    ];
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweep);
    for (const end of this.#unmeasure) end();
    await this.#listeners.stop();
  }

  /** Answers a request under `/hls/`. */
  async handle(request: Request): Promise<Response> {
    const startedAt = performance.now();
    const counted = { route: "none" };
    const answer = await this.#answer(request, counted).catch((err) => this.#refusal(err));
    const cors = corsHeaders(request.headers.get("origin"), this.options.origins);
    for (const [name, value] of Object.entries({ ...EXPOSED, ...cors })) {
      if (name === "vary") answer.headers.append(name, value);
      else answer.headers.set(name, value);
    }
    countRequest("edge", counted.route, answer.status, startedAt);
    return answer;
  }

  #refusal(err: unknown): Response {
    if (err instanceof AppError) return problemResponse(err);
    this.options.log.error({ err }, "request failed");
    return problemResponse(new AppError("internal", "The request failed; it was logged"));
  }

  /** @param counted Learns what kind of request it is. */
  async #answer(request: Request, counted: { route: string }): Promise<Response> {
    if (request.method === "OPTIONS") return preflight();
    if (request.method !== "GET" && request.method !== "HEAD") {
      throw new AppError("method_not_allowed", "Listeners only GET");
    }
    const url = new URL(request.url);
    const parsed = parseHlsPath(url.pathname);
    if (parsed === null) throw new AppError("not_found", `There is nothing at ${url.pathname}`);
    const { roomId, resource } = parsed;
    counted.route = hlsRoute(resource);
    this.options.admission.admit(roomId, parsed.ticket);
    const directives = resource.kind === "live" ? parseDirectives(url.searchParams) : null;
    if (directives !== null && directives.msn !== null) counted.route = hlsRoute(resource, true);
    const piece = await this.#piece(parsed, directives);
    return respond(piece, request, this.options.admission.isSigned(roomId));
  }

  /** @throws AppError */
  async #piece(
    { roomId: id, resource, bare, ticket }: HlsPath,
    directives: DeliveryDirectives | null,
  ): Promise<Piece> {
    const { resolver } = this.options;
    const target = await resolver.resolve(id, resource);
    // While it was waited for, the room may have become one that is heard with a link only.
    this.options.admission.admit(id, ticket);
    switch (resource.kind) {
      case "multivariant":
        return multivariantPiece();
      case "classicPlaylist":
      case "classicSegment": {
        const piece = await this.#cache.get(
          `${target.live.liveId} ${target.live.epoch} ${bare}`,
          () => this.#classic.fetch(target, bare, resource.kind),
        );
        const reloads = resource.kind === "classicPlaylist";
        if (reloads) this.#heard("classic", CLASSIC_RELOAD_MS);
        return piece;
      }
    }
    const broadcast = this.#broadcast(id, target);
    switch (resource.kind) {
      case "init":
        return await broadcast.init();
      case "part":
        return await broadcast.part(resource);
      case "segment":
        return await broadcast.segment(resource.msn);
      default: {
        const piece = await broadcast.playlist(
          directives ?? { msn: null, part: null, skip: false },
        );
        const byPart = directives !== null && directives.part !== null;
        if (byPart) this.#heard("low_latency", partMs(target.live));
        else this.#heard("plain", SEGMENT_MS);
        return piece;
      }
    }
  }

  #heard(player: Parameters<ListenerCount["heard"]>[0], ms: number): void {
    this.#listeners.heard(player, ms);
    this.options.audience.heard(ms);
  }

  #broadcast(id: RoomId, { live }: Target): Broadcast {
    const { liveId } = live;
    const known = this.#broadcasts.get(id);
    if (known?.liveId === liveId) return known.broadcast;
    const { resolver, health, audience } = this.options;
    const broadcast = new Broadcast({
      roomId: id,
      live,
      target: () => resolver.find(id, liveId),
      cache: this.#cache,
      health,
      audience,
    });
    this.#broadcasts.set(id, { liveId, broadcast });
    return broadcast;
  }

  #forget(): void {
    for (const [id, { liveId }] of this.#broadcasts) {
      if (this.options.resolver.find(id, liveId) === null) this.#broadcasts.delete(id);
    }
    this.options.admission.forget((id) => this.options.resolver.find(id, null) !== null);
  }
}

function respond(piece: Piece, request: Request, signed: boolean): Response {
  const headers: Record<string, string> = { ...piece.headers };
  // A cache between would go on giving it to those whose link has expired.
  if (signed) headers["cache-control"] = privately(headers["cache-control"] ?? "");
  const zip = piece.gzip !== null && accepts(request, "gzip");
  if (piece.gzip !== null) headers["vary"] = "accept-encoding";
  if (zip) headers["content-encoding"] = "gzip";
  const body = zip ? piece.gzip : piece.body;
  headers["content-length"] = String(body?.length ?? 0);
  return new Response(request.method === "HEAD" ? null : body, { headers });
}

function accepts(request: Request, coding: string): boolean {
  const header = request.headers.get("accept-encoding") ?? "";
  return header.split(",").some((item) => {
    const [name, weight] = item.trim().split(";");
    return name === coding && !/q=0(\.0*)?$/.test(weight?.trim() ?? "");
  });
}

function privately(cacheControl: string): string {
  return cacheControl.startsWith("public")
    ? cacheControl.replace("public", "private")
    : "private, no-cache";
}

function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, HEAD, OPTIONS",
      "access-control-allow-headers": "range",
      "access-control-max-age": "86400",
    },
  });
}
