import { AppError } from "../../contracts/errors.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type { RoomMeta } from "../../contracts/room.ts";
import type { AccessClaims } from "../../contracts/users.ts";
import type { TokenVerifier } from "../../platform/jwt.ts";
import { isStreamKey, streamKeyId } from "../../platform/stream_key.ts";
import type { RoomGate } from "../signaling/room_gate.ts";

/** Who an encoder speaks as. */
export interface Speaker {
  /** Whoever has a stream key speaks as a person of its own, whose id tells the key's. */
  readonly claims: AccessClaims;
  /** The stream key that was shown, which stands for the room's PIN too; null for an access token. */
  readonly keyId: string | null;
  /** The room's revision in etcd at which they might speak. */
  readonly metaRevision: bigint;
  /** Whether they may end other encoders' sessions in the room. */
  readonly isHost: boolean;
}

/** Tells by a bearer token, be it a room's stream key or a person's access token, who speaks. */
export class Speakers {
  constructor(private readonly gate: RoomGate, private readonly verifier: TokenVerifier) {}

  /**
   * @param authorization The request's header.
   * @throws AppError `unauthorized`, `token_expired`, `room_not_found`, or `unavailable`.
   */
  async identify(authorization: string | null, room: RoomId): Promise<Speaker> {
    const token = /^Bearer +([\w.-]{1,4096}) *$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) {
      throw new AppError("unauthorized", "Send a stream key or an access token as a bearer token");
    }
    const keyId = streamKeyId(token);
    if (keyId !== null) return await this.#byKey(token, keyId, room);
    const claims = await this.verifier.verify(token);
    const { meta, metaRevision } = await this.gate.known(room);
    const isHost = meta.owner.id === claims.sub || claims.role === "admin";
    return { claims, keyId: null, metaRevision, isHost };
  }

  /** A key that was made a moment ago may not be in our copy of the room yet. */
  async #byKey(key: string, keyId: string, room: RoomId): Promise<Speaker> {
    const copy = await this.gate.known(room);
    const { meta, metaRevision } = findKey(copy.meta, keyId) === undefined
      ? await this.gate.known(room, true)
      : copy;
    const known = findKey(meta, keyId);
    if (known === undefined || !isStreamKey(key, known.hash)) {
      throw new AppError("unauthorized", "The room has no such stream key");
    }
    const claims: AccessClaims = { sub: `key-${keyId}`, name: known.name, role: "user" };
    return { claims, keyId, metaRevision, isHost: false };
  }
}

/** The room's stream key of that id, if it has it still. */
export function findKey(meta: RoomMeta, keyId: string) {
  return meta.streamKeys?.find(({ id }) => id === keyId);
}
