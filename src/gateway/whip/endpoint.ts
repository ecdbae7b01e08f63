import type { Context, Hono } from "hono";
import { AppError } from "../../contracts/errors.ts";
import { RoomId } from "../../contracts/ids.ts";
import { Participant } from "../../contracts/rpc.ts";
import { clientAddress, type TrustedProxies } from "../../platform/client_address.ts";
import { problemResponse, readText } from "../../platform/http.ts";
import type { Log } from "../../platform/log.ts";
import type { RateClass } from "../signaling/rate_guard.ts";
import type { AddressLimits } from "./address_limits.ts";
import { candidatesIn, MAX_FRAGMENT } from "./fragment.ts";
import { allowOrigin, iceServerLinks, sessionTag } from "./headers.ts";
import { MAX_OFFER, speakingOffer } from "./offer.ts";
import type { WhipSessions } from "./sessions.ts";
import type { Speakers } from "./speakers.ts";

const OFFER_TYPE = "application/sdp";
const FRAGMENT_TYPE = "application/trickle-ice-sdpfrag";

export interface WhipEndpointOptions {
  readonly speakers: Speakers;
  readonly sessions: WhipSessions;
  readonly limits: AddressLimits;
  readonly proxies: TrustedProxies;
  /** Origins whose pages may use it. Encoders have none. */
  readonly origins: readonly string[];
  readonly log: Log;
}

/**
 * WHIP (RFC 9725): `POST /whip/{room}` makes a session, at whose own address `PATCH` brings candidates and `DELETE` ends it.
 * There are no ICE restarts: an encoder whose network changed makes a new session.
 */
export function mountWhip(app: Hono, options: WhipEndpointOptions): void {
  const { speakers, sessions, limits, proxies } = options;
  const addressOf = (c: Context) => clientAddress(c.env, c.req.header("x-forwarded-for"), proxies);
  const route = (path: string, methods: Partial<Record<Verb, Handler>>) =>
    mountMethods(app, path, methods, options);
  const speakerOf = (c: Context, room: RoomId, rate: RateClass) => {
    limits.take(rate, addressOf(c));
    return speakers.identify(c.req.header("authorization") ?? null, room);
  };

  route("/whip/:room", {
    POST: async (c) => {
      const room = roomOf(c);
      const speaker = await speakerOf(c, room, "heavy");
      const sdp = speakingOffer(await readBody(c, OFFER_TYPE, MAX_OFFER));
      const opened = await sessions.open(speaker, room, sdp, addressOf(c));
      const headers = new Headers({
        "content-type": OFFER_TYPE,
        location: `/whip/${room}/${opened.seat}`,
        etag: sessionTag(opened.seat),
        "accept-patch": FRAGMENT_TYPE,
      });
      for (const link of iceServerLinks(opened.iceServers)) headers.append("link", link);
      return new Response(opened.sdp, { status: 201, headers });
    },
    OPTIONS: () => new Response(null, { status: 204, headers: { "accept-post": OFFER_TYPE } }),
  });

  route("/whip/:room/:session", {
    PATCH: async (c) => {
      const [room, seat] = [roomOf(c), seatOf(c)];
      const speaker = await speakerOf(c, room, "light");
      const fragment = await readBody(c, FRAGMENT_TYPE, MAX_FRAGMENT);
      assertMatches(c.req.header("if-match"), sessionTag(seat));
      await sessions.trickle(seat, room, speaker, candidatesIn(fragment));
      return new Response(null, { status: 204 });
    },
    DELETE: async (c) => {
      const [room, seat] = [roomOf(c), seatOf(c)];
      await sessions.end(seat, room, await speakerOf(c, room, "normal"));
      return new Response(null, { status: 200 });
    },
    OPTIONS: () => new Response(null, { status: 204, headers: { "accept-patch": FRAGMENT_TYPE } }),
  });
}

type Verb = "POST" | "PATCH" | "DELETE" | "OPTIONS";
type Handler = (c: Context) => Response | Promise<Response>;

function mountMethods(
  app: Hono,
  path: string,
  methods: Partial<Record<Verb, Handler>>,
  { origins, log }: WhipEndpointOptions,
): void {
  const allow = Object.keys(methods).join(", ");
  app.all(path, async (c) => {
    const response = await answer(c, methods, allow, log);
    response.headers.set("cache-control", "no-store");
    allowOrigin(response.headers, c.req.header("origin") ?? null, origins);
    return response;
  });
}

async function answer(
  c: Context,
  methods: Partial<Record<Verb, Handler>>,
  allow: string,
  log: Log,
): Promise<Response> {
  try {
    const handler = Object.entries(methods).find(([method]) => method === c.req.method)?.[1];
    if (handler !== undefined) return await handler(c);
    throw new AppError("method_not_allowed", `This address takes ${allow}`);
  } catch (err) {
    const error = asWhipError(err);
    if (error === null) log.error({ err }, "a WHIP request failed");
    const response = problemResponse(error ?? new AppError("internal", "It was logged"));
    if (response.status === 401) response.headers.set("www-authenticate", "Bearer");
    if (response.status === 405) response.headers.set("allow", allow);
    return response;
  }
}

/** An error as encoders should see it; null for one that nobody expected. */
function asWhipError(err: unknown): AppError | null {
  if (!(err instanceof AppError)) return null;
  if (err.code === "room_not_live") return new AppError("room_not_on_air", err.detail);
  // Janus says so of an offer that it cannot use.
  if (err.code === "media_failed") return new AppError("unprocessable", err.detail);
  return err;
}

function roomOf(c: Context): RoomId {
  const room = RoomId.safeParse(c.req.param("room"));
  if (room.success) return room.data;
  throw new AppError("room_not_found", "There is no such room");
}

function seatOf(c: Context): string {
  const seat = Participant.shape.id.safeParse(c.req.param("session"));
  if (seat.success) return seat.data;
  throw new AppError("not_found", "There is no such session");
}

/** The text of a body of that type. @throws AppError `unsupported_media_type` or `payload_too_large` */
async function readBody(c: Context, type: string, maxBytes: number): Promise<string> {
  const given = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (given !== type) throw new AppError("unsupported_media_type", `Send ${type}`);
  return await readText(c.req.raw, maxBytes);
}

/** RFC 9725 §4.3.1: who restarts ICE says `*`. */
function assertMatches(ifMatch: string | undefined, tag: string): void {
  if (ifMatch === undefined) {
    throw new AppError("precondition_required", "Send If-Match with the session's ETag");
  }
  if (ifMatch.trim() === "*") {
    throw new AppError("unprocessable", "ICE restarts are not supported: make a new session");
  }
  if (!ifMatch.split(",").some((one) => one.trim() === tag)) {
    throw new AppError("precondition_failed", "If-Match is not the session's ETag");
  }
}
