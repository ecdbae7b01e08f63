import { AppError } from "../../src/contracts/errors.ts";
import type { RoomView } from "../../src/contracts/operations.ts";
import type { AccessClaims } from "../../src/contracts/users.ts";
import { type Ask, type Call, Ledger } from "./ledger.ts";
import type { RoomsApi, RoomsNode } from "./rooms_node.ts";
import type { World } from "./world.ts";

const HOST: AccessClaims = { sub: "host", name: "Host", role: "user" };

/** Refusals that say how the room stands. */
const DEFINITE = new Set(["room_not_found", "room_exists", "no_capacity"]);

/** Those who call the Room Managers, and what they may hold for true afterwards. */
export class Callers {
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly #waiting = new Map<RoomsNode, Set<() => void>>();

  constructor(world: World, rooms: readonly string[]) {
    this.ledgers = new Map(
      rooms.map((id) => [id, new Ledger(id, (what) => world.break(what))]),
    );
  }

  /** Calls, and does not wait for the answer. */
  ask(ask: Ask, id: string, node: RoomsNode): void {
    const { api, link } = node;
    const ledger = this.ledgers.get(id);
    if (api === null || link === null || ledger === undefined) return;
    const before = link.unanswered;
    const call = ledger.begin(ask);
    const end = this.#wait(node, ledger, call);
    void perform(ask, id, api).then(
      (view) => end() && ledger.done(call, view?.live?.id ?? null),
      (err) => {
        if (!end()) return;
        const code = err instanceof AppError ? err.code : "internal";
        const definite = DEFINITE.has(code) && link.unanswered === before;
        if (definite) ledger.refused(call, code);
        else ledger.unknown(call);
      },
    );
  }

  /** The Room Manager died: nobody hears from it what became of its calls. */
  lost(node: RoomsNode): void {
    for (const forget of this.#waiting.get(node) ?? []) forget();
    this.#waiting.delete(node);
  }

  /** Returns what to call at the answer; it tells whether anybody waits for it still. */
  #wait(node: RoomsNode, ledger: Ledger, call: Call): () => boolean {
    const waiting = this.#waiting.get(node) ?? new Set();
    this.#waiting.set(node, waiting);
    let open = true;
    const forget = () => {
      open = false;
      ledger.unknown(call);
    };
    waiting.add(forget);
    return () => {
      waiting.delete(forget);
      return open;
    };
  }
}

function perform(ask: Ask, id: string, { rooms, live }: RoomsApi): Promise<RoomView | null> {
  switch (ask) {
    case "create":
      return rooms.create(
        { id, title: id, redundancy: id === "room-b" ? 2 : 1, access: "open" },
        HOST,
      );
    case "start":
      return live.start({ id }, HOST);
    case "stop":
      return live.stop({ id }, HOST);
    case "delete":
      return rooms.remove({ id }, HOST);
  }
}
