import { AppError } from "../../contracts/errors.ts";
import type { RoomId } from "../../contracts/ids.ts";
import { type ListenTicket, parseTicket } from "../../contracts/listen_links.ts";
import type { LinkKeyStore } from "../../coordination/link_keys.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { isSignedWith } from "../../platform/listen_ticket.ts";

export interface AdmissionOptions {
  readonly rooms: Pick<RoomStore, "get" | "ids" | "onChange">;
  readonly keys: Pick<LinkKeyStore, "get" | "synced">;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/** What is known of a room. `createdAt` null: nobody can read it, so that no ticket fits. */
interface Known {
  readonly signed: boolean;
  readonly createdAt: number | null;
}

/** Who may listen to which room. Asked with every request: it looks in memory only, and makes one HMAC at most. */
export class Admission implements Running {
  /** Also of rooms that were just deleted: their last seconds are still served. */
  readonly #known = new Map<RoomId, Known>();
  readonly #unsubscribe: () => void;

  constructor(private readonly options: AdmissionOptions) {
    this.#unsubscribe = options.rooms.onChange((id) => this.#learn(id));
    for (const id of options.rooms.ids()) this.#learn(id);
  }

  stop(): Promise<void> {
    this.#unsubscribe();
    return Promise.resolve();
  }

  /** Whether what is served of the room is for its listeners only, and for no cache between. */
  isSigned(id: RoomId): boolean {
    return this.#known.get(id)?.signed === true;
  }

  /**
   * Lets in who may listen.
   *
   * @param segment The ticket as it stood in the path, or null.
   * @throws AppError `link_required`, `link_wrong`, `link_expired`, or `unavailable` while keys have not been read.
   */
  admit(id: RoomId, segment: string | null): void {
    const known = this.#known.get(id);
    if (known === undefined || !known.signed) return;
    if (segment === null) {
      throw new AppError(
        "link_required",
        `Room ${id} is heard only with a link that its owner made`,
      );
    }
    const ticket = parseTicket(segment);
    if (ticket === null || !this.#isOurs(id, known, ticket)) {
      throw new AppError("link_wrong", "This link was not made for this room, or was called back");
    }
    if (ticket.expiry * 1000 <= (this.options.now ?? Date.now)()) {
      const at = new Date(ticket.expiry * 1000).toISOString();
      throw new AppError("link_expired", `This link was good until ${at}`);
    }
  }

  /** Forgets the rooms that exist no more and of which nothing is served. */
  forget(isServed: (id: RoomId) => boolean): void {
    for (const id of this.#known.keys()) {
      if (this.options.rooms.get(id).revisions.meta === 0n && !isServed(id)) this.#known.delete(id);
    }
  }

  #isOurs(id: RoomId, { createdAt }: Known, ticket: ListenTicket): boolean {
    const { keys } = this.options;
    const key = keys.get(ticket.kid);
    if (key !== null) {
      return createdAt !== null && isSignedWith(key.secret, { id, createdAt }, ticket);
    }
    if (keys.synced) return false;
    throw new AppError("unavailable", "The keys of links have not been read yet", {
      retryAfterS: 1,
    });
  }

  #learn(id: RoomId): void {
    const { meta, revisions } = this.options.rooms.get(id);
    if (meta !== null) {
      this.#known.set(id, { signed: meta.access === "signed", createdAt: meta.createdAt });
    } else if (revisions.meta !== 0n && !this.#known.has(id)) {
      // What cannot be read may be signed.
      this.#known.set(id, { signed: true, createdAt: null });
    }
  }
}
