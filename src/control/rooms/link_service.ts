import { AppError } from "../../contracts/errors.ts";
import { CLASSIC_URI, MULTIVARIANT_URI } from "../../contracts/hls.ts";
import { randomId } from "../../contracts/ids.ts";
import { type ListenLink, ticketSegment } from "../../contracts/listen_links.ts";
import type { OperationParams } from "../../contracts/operations.ts";
import type { LinkKeyStore } from "../../coordination/link_keys.ts";
import type { VersionedRoom } from "../../coordination/rooms.ts";
import { signTicket } from "../../platform/listen_ticket.ts";
import type { Log } from "../../platform/log.ts";
import { assertMayChange, type Caller } from "./caller.ts";
import {
  LINK_KEY_LEAD_MS,
  needsLinkKey,
  newLinkKey,
  signingLinkKey,
  spentLinkKeys,
} from "./link_keyring.ts";
import { assertFound } from "./room_service.ts";

export interface LinkServiceOptions {
  readonly keys: LinkKeyStore;
  /** Reads a room from etcd. */
  readonly read: (id: string) => Promise<VersionedRoom>;
  readonly log: Log;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/** Signs listening links, and keeps the keys they are signed with young. */
export class LinkService {
  readonly #now: () => number;

  constructor(private readonly options: LinkServiceOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** @throws AppError `room_not_found` or `forbidden`. */
  async create(
    { id, ttlS }: OperationParams<"room.link">,
    caller: Caller,
  ): Promise<ListenLink> {
    const meta = assertFound(id, (await this.options.read(id)).meta);
    assertMayChange(meta, caller);
    const key = await this.#signingKey();
    const expiry = Math.ceil(this.#now() / 1000) + ttlS;
    const ticket = ticketSegment(signTicket(meta, expiry, key));
    return {
      listen: `/listen/${id}#${ticket}`,
      hls: `/hls/${id}/${ticket}/${MULTIVARIANT_URI}`,
      classic: `/hls/${id}/${ticket}/${CLASSIC_URI}`,
      expiresAt: new Date(expiry * 1000).toISOString(),
    };
  }

  async #signingKey(): Promise<{ kid: string; secret: string }> {
    const { keys, log } = this.options;
    const now = this.#now();
    if (!keys.synced) {
      throw new AppError("unavailable", "The keys of links have not been read yet", {
        retryAfterS: 1,
      });
    }
    if (needsLinkKey(keys.all(), now)) {
      const kid = randomId(8);
      await keys.add(kid, newLinkKey(keys.all().size === 0 ? now : now + LINK_KEY_LEAD_MS));
      log.info({ kid }, "new key for listening links");
      for (const spent of spentLinkKeys(keys.all(), now)) await keys.remove(spent);
    }
    const key = signingLinkKey(keys.all(), now);
    if (key !== null) return key;
    throw new AppError("unavailable", "There is no key to sign links with", { retryAfterS: 1 });
  }
}
