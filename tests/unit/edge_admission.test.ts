import assert from "node:assert/strict";
import { AppError } from "../../src/contracts/errors.ts";
import { ticketSegment } from "../../src/contracts/listen_links.ts";
import type { VersionedRoom } from "../../src/coordination/rooms.ts";
import { newLinkKey } from "../../src/control/rooms/link_keyring.ts";
import { Admission } from "../../src/gateway/edge/admission.ts";
import { signTicket } from "../../src/platform/listen_ticket.ts";

const NOW = 1_800_000_000_000;
const KEY = newLinkKey(0);
const META = {
  id: "tea",
  title: "Tea",
  owner: { id: "ada", name: "Ada" },
  pinHash: null,
  createdAt: 5,
  epoch: 0,
  lives: 0,
  nextMediaSequence: 0,
  redundancy: 1,
  access: "signed",
} as const;

function site() {
  const state = { meta: META as VersionedRoom["meta"], revision: 1n, synced: true };
  const listeners = new Set<(id: string) => void>();
  const admission = new Admission({
    rooms: {
      get: () => ({
        ...{ meta: state.meta, livemeta: null, janus: null, mixer: null, standby: null },
        revisions: { meta: state.revision, livemeta: 0n, janus: 0n, mixer: 0n, standby: 0n },
      }),
      ids: () => ["tea"],
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    keys: {
      get: (kid) => kid === "key1" ? KEY : null,
      get synced() {
        return state.synced;
      },
    },
    now: () => NOW,
  });
  const change = (values: Partial<typeof state>) => {
    Object.assign(state, values);
    for (const listener of listeners) listener("tea");
  };
  /** Null when one is let in. */
  const answer = (ticket: string | null) => {
    try {
      admission.admit("tea", ticket);
      return null;
    } catch (err) {
      return err instanceof AppError ? `${err.status} ${err.code}` : err;
    }
  };
  return { admission, change, answer };
}

const ticket = (expiry = NOW / 1000 + 60, kid = "key1", createdAt = 5) =>
  ticketSegment(signTicket({ id: "tea", createdAt }, expiry, { kid, secret: KEY.secret }));

Deno.test("admit() lets in who has a good ticket, and says what is wrong with any other", () => {
  const { answer, admission } = site();
  assert.equal(answer(ticket()), null);
  assert.equal(answer(null), "403 link_required");
  assert.equal(answer("~nonsense"), "403 link_wrong");
  assert.equal(answer(ticket(NOW / 1000 + 60, "key9")), "403 link_wrong");
  assert.equal(answer(ticket(NOW / 1000 + 60, "key1", 6)), "403 link_wrong");
  assert.equal(answer(ticket(NOW / 1000)), "403 link_expired");
  assert.equal(admission.isSigned("tea"), true);
});

Deno.test("admit() follows the room when its owner opens or closes it", () => {
  const { answer, change } = site();
  change({ meta: { ...META, access: "open" } });
  assert.equal(answer(null), null);
  assert.equal(answer(ticket()), null);
  change({ meta: META });
  assert.equal(answer(null), "403 link_required");
});

Deno.test("admit() holds a deleted room's last seconds closed until nothing of it is served", () => {
  const { answer, change, admission } = site();
  change({ meta: null, revision: 0n });
  assert.equal(answer(null), "403 link_required");
  assert.equal(answer(ticket()), null);
  admission.forget(() => true);
  assert.equal(answer(null), "403 link_required");
  admission.forget(() => false);
  assert.equal(answer(null), null);
});

Deno.test("admit() goes by what was known when a room can be read no more", () => {
  const { answer, change } = site();
  change({ meta: { ...META, access: "open" } });
  change({ meta: null, revision: 2n });
  assert.equal(answer(null), null);
});

Deno.test("admit() asks for patience when an edge has not read the keys yet", () => {
  const { answer, change } = site();
  change({ synced: false });
  assert.equal(answer(ticket(undefined, "key9")), "503 unavailable");
});
