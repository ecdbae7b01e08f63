import { errors, type JWTVerifyGetKey } from "jose";
import { AppError } from "../../contracts/errors.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import {
  KeyRing,
  livingKeys,
  newSigningKey,
  type PublicKey,
  publicKey,
  type SigningKey,
  signingKey,
} from "./key_ring.ts";
import { redisKeys } from "./redis_keys.ts";
import { parseStored } from "./stored_json.ts";

/** How long (ms) an instance signs with keys it has read before it reads them again. */
const FRESH_MS = 5000;

/**
 * The signing keys that all instances share through Redis. The last ones read are kept, so that key set and
 * checks go on while Redis is away, and are written again should Redis lose its data: whoever holds a token keeps it.
 */
export class KeyStore {
  #known: { readonly ring: KeyRing; readonly readAt: number } | undefined;

  constructor(private readonly redis: Redis, private readonly now: () => number = Date.now) {}

  /** The key to sign with. @throws AppError `unavailable` when Redis is away and no key was ever read. */
  async signing(): Promise<SigningKey> {
    const known = this.#known;
    const fresh = known !== undefined && Math.abs(this.now() - known.readAt) < FRESH_MS;
    return signingKey(fresh ? known.ring : await this.#readOrKnown(), this.now());
  }

  /** The key set, as fresh as it can be had. @throws AppError `unavailable` as {@link signing}. */
  async published(): Promise<PublicKey[]> {
    return livingKeys(await this.#readOrKnown(), this.now()).map(publicKey);
  }

  /** Null when there are keys to sign and check with, or they could be had just now; else why not. */
  async unhealthy(): Promise<string | null> {
    try {
      if (this.#known === undefined) await this.#readOrKnown();
      return null;
    } catch {
      return "the signing keys have not been read from Redis";
    }
  }

  /** Finds the key of a token to check, and looks in Redis when it is not one of those known. */
  readonly find: JWTVerifyGetKey = async ({ kid }) => {
    const known = this.#known === undefined ? undefined : this.#find(this.#known.ring, kid);
    const found = known ?? this.#find(await this.#readOrKnown(), kid);
    if (found === undefined) throw new errors.JWKSNoMatchingKey();
    return { ...publicKey(found) };
  };

  #find(ring: KeyRing, kid: string | undefined): SigningKey | undefined {
    return livingKeys(ring, this.now()).find((key) => key.kid === kid);
  }

  async #readOrKnown(): Promise<KeyRing> {
    try {
      const { ring } = await readOrMakeKeyRing(this.redis, this.now(), this.#known?.ring);
      this.#known = { ring, readAt: this.now() };
      return ring;
    } catch (err) {
      if (err instanceof AppError && this.#known !== undefined) return this.#known.ring;
      throw err;
    }
  }
}

/** A ring, and the text Redis holds it as. */
export interface StoredKeyRing {
  readonly ring: KeyRing;
  readonly text: string;
}

/**
 * The ring in Redis; the first to ask makes it. Of several who ask at once, one's key is taken by all.
 *
 * @param known The ring that was there before, if any was.
 * @throws AppError `unavailable` when Redis is away; Error when what stands there is no key ring.
 */
export async function readOrMakeKeyRing(
  redis: Redis,
  nowMs: number,
  known?: KeyRing,
): Promise<StoredKeyRing> {
  const read = () => onRedis(() => redis.get(redisKeys.keyRing));
  let text = await read();
  if (text === null) {
    const mine = JSON.stringify(known ?? [await newSigningKey(nowMs)]);
    await onRedis(() => redis.set(redisKeys.keyRing, mine, "NX"));
    text = await read() ?? mine;
  }
  return { ring: parseStored(KeyRing, redisKeys.keyRing, text), text };
}
