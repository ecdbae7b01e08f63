import { AppError } from "../../contracts/errors.ts";
import { type HlsResource, parseDirectives, parseHlsPath } from "../../contracts/hls.ts";
import type { RoomId } from "../../contracts/ids.ts";
import { problemResponse } from "../../platform/http.ts";
import type { Log } from "../../platform/log.ts";
import { CoalescingCache } from "./coalescing_cache.ts";
import type { OriginResolver, Target } from "./resolver.ts";
import { fetchPiece, type Piece } from "./upstream.ts";

/** Anyone's page may play a room. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "date, retry-after, roomcast-source-frames",
} as const;

/**
 * HLS for listeners: each playlist and part is fetched once from the room's mixer and given to everyone from memory,
 * also to those who asked before it existed.
 */
export class Edge {
  readonly #cache: CoalescingCache<Piece>;

  /** @param cacheBytes How much memory pieces may take. */
  constructor(
    private readonly resolver: OriginResolver,
    private readonly log: Log,
    cacheBytes = 128 * 1024 * 1024,
  ) {
    this.#cache = new CoalescingCache(cacheBytes);
  }

  /** How often a piece was there already, and how often it had to be fetched. */
  get counts(): { readonly hits: number; readonly misses: number } {
    return this.#cache.counts;
  }

  /** Answers a request under `/hls/`. */
  async handle(request: Request): Promise<Response> {
    try {
      return await this.#answer(request);
    } catch (err) {
      if (err instanceof AppError) return withCors(problemResponse(err));
      this.log.error({ err }, "request failed");
      const error = new AppError("internal", "The request failed; it was logged");
      return withCors(problemResponse(error));
    }
  }

  async #answer(request: Request): Promise<Response> {
    if (request.method === "OPTIONS") return preflight();
    if (request.method !== "GET" && request.method !== "HEAD") {
      throw new AppError("method_not_allowed", "Listeners only GET");
    }
    const url = new URL(request.url);
    const parsed = parseHlsPath(url.pathname);
    if (parsed === null) throw new AppError("not_found", `There is nothing at ${url.pathname}`);
    const { roomId, resource } = parsed;
    const query = resource.kind === "live" ? canonicalQuery(url.searchParams) : "";
    const piece = await this.#piece(roomId, resource, url.pathname, query);
    return respond(piece, request);
  }

  async #piece(id: RoomId, resource: HlsResource, path: string, query: string): Promise<Piece> {
    const target = await this.resolver.resolve(id, resource);
    try {
      return await this.#fetch(target, resource, path, query);
    } catch (err) {
      const next = await this.resolver.resolveNext(id, resource, target);
      if (next === null) throw err;
      return await this.#fetch(next, resource, path, query);
    }
  }

  /** @throws AppError `unavailable` when the mixer cannot be reached, or has not the room that etcd says it has. */
  async #fetch(
    target: Target,
    resource: HlsResource,
    path: string,
    query: string,
  ): Promise<Piece> {
    const fromMixer = `${target.origin}${path}${query}`;
    // The classic playlist and the multivariant one have the same URL in every broadcast.
    const key = `${target.liveId} ${target.epoch} ${path}${query}`;
    const piece = await this.#cache.get(
      "liveId" in resource ? path : key,
      () => fetchPiece(fromMixer, resource.kind, query.includes("_HLS_msn")),
    );
    const lost = piece.status === 404 &&
      (resource.kind === "live" || resource.kind === "multivariant");
    if (!lost && piece.status !== 503) return piece;
    throw new AppError("unavailable", "The room's mixer has nothing to give just now", {
      retryAfterS: Number(piece.headers["retry-after"] ?? 1),
    });
  }
}

/** The delivery directives alone and in one order, so that one question is fetched once. */
function canonicalQuery(params: URLSearchParams): string {
  const { msn, part, skip } = parseDirectives(params);
  const query = [
    ...(msn === null ? [] : [`_HLS_msn=${msn}`]),
    ...(part === null ? [] : [`_HLS_part=${part}`]),
    ...(skip ? ["_HLS_skip=YES"] : []),
  ].join("&");
  return query === "" ? "" : `?${query}`;
}

function respond(piece: Piece, request: Request): Response {
  const headers: Record<string, string> = { ...CORS, ...piece.headers };
  const zip = piece.gzip !== null && accepts(request, "gzip");
  if (piece.gzip !== null) headers["vary"] = "accept-encoding";
  if (zip) headers["content-encoding"] = "gzip";
  const body = zip ? piece.gzip : piece.body;
  headers["content-length"] = String(body?.length ?? 0);
  return new Response(request.method === "HEAD" ? null : body, { status: piece.status, headers });
}

function accepts(request: Request, coding: string): boolean {
  const header = request.headers.get("accept-encoding") ?? "";
  return header.split(",").some((item) => {
    const [name, weight] = item.trim().split(";");
    return name === coding && !/q=0(\.0*)?$/.test(weight?.trim() ?? "");
  });
}

function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...CORS,
      "access-control-allow-methods": "GET, HEAD, OPTIONS",
      "access-control-allow-headers": "range",
      "access-control-max-age": "86400",
    },
  });
}

function withCors(response: Response): Response {
  for (const [name, value] of Object.entries(CORS)) response.headers.set(name, value);
  return response;
}
