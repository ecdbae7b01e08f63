import { AppError } from "../../contracts/errors.ts";
import { firstAnswer, NoAnswer } from "./first_answer.ts";
import type { OriginHealth } from "./origin_health.ts";
import { type Piece, playlistPiece } from "./piece.ts";
import type { Target } from "./resolver.ts";
import { askOrigin, OriginFailure } from "./upstream.ts";

/** How long (ms) an origin may take, and after which time another is asked too: its files are on a disk. */
const LIMIT_MS = 5000;
const HEDGE_MS = 500;
/** How long (ms) each kind of file may be given to others. */
const TTL_MS = { classicPlaylist: 100, classicSegment: 60_000 } as const;

/** The classic rendition, as a mixer's FFmpeg writes it. Nobody can stand in for it. */
export class ClassicFiles {
  constructor(private readonly health: OriginHealth) {}

  /** @throws AppError `not_found`, or `unavailable` when no mixer of the room gives it. */
  async fetch({ origins }: Target, path: string, kind: keyof typeof TTL_MS): Promise<Piece> {
    const now = performance.now();
    try {
      const { source, value } = await firstAnswer({
        sources: origins,
        ask: async ({ url }, signal) => await askOrigin(`${url}${path}`, signal),
        hedgeAt: now + HEDGE_MS,
        giveUpAt: now + LIMIT_MS,
        onFailure: (origin, cause) => {
          if (cause instanceof OriginFailure && cause.of === "node") this.health.refused(origin);
        },
        onLate: (origin) => this.health.late(origin),
      });
      this.health.answered(source);
      if (value.status !== 200) throw new AppError("not_found", "This segment is not there");
      const piece = kind === "classicPlaylist"
        ? playlistPiece(new TextDecoder().decode(value.body), false)
        : { headers: passed(value.headers), body: value.body, gzip: null, size: value.body.length };
      return { ...piece, ttlMs: TTL_MS[kind] };
    } catch (cause) {
      if (!(cause instanceof NoAnswer)) throw cause;
      throw new AppError("unavailable", "No mixer of the room has this just now", {
        cause,
        retryAfterS: 2,
      });
    }
  }
}

function passed(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    ["content-type", "cache-control"].map((name) => [name, headers.get(name) ?? ""]),
  );
}
