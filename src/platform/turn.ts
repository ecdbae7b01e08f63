import { createHmac } from "node:crypto";
import type { IceServer } from "../contracts/rpc.ts";
import type { Config } from "./config.ts";

export type IceSettings = Pick<
  Config,
  | "ROOMCAST_STUN_URLS"
  | "ROOMCAST_TURN_URLS"
  | "ROOMCAST_TURN_SECRET"
  | "ROOMCAST_TURN_TTL_S"
>;

/**
 * The STUN and TURN servers for one join of one person. TURN's credentials are time-limited (draft-uberti-behave-turn-rest-00
 * §2.2, what coturn calls use-auth-secret): the user name is when they run out, in Unix seconds, and the user; the password
 * is its HMAC-SHA1 under the secret that the TURN servers share with us.
 *
 * @param nowMs Unix time in ms.
 */
export function iceServers(settings: IceSettings, userId: string, nowMs: number): IceServer[] {
  const { ROOMCAST_STUN_URLS: stun, ROOMCAST_TURN_URLS: turn } = settings;
  const servers: IceServer[] = [];
  if (stun.length > 0) servers.push({ urls: stun });
  if (turn.length > 0) {
    const expiresAtS = Math.floor(nowMs / 1000) + settings.ROOMCAST_TURN_TTL_S;
    const username = `${expiresAtS}:${userId}`;
    const credential = createHmac("sha1", settings.ROOMCAST_TURN_SECRET).update(username)
      .digest("base64");
    servers.push({ urls: turn, username, credential });
  }
  return servers;
}
