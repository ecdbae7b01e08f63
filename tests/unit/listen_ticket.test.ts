import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTicket, ticketSegment } from "../../src/contracts/listen_links.ts";
import { newLinkKey } from "../../src/control/rooms/link_keyring.ts";
import { isSignedWith, signTicket } from "../../src/platform/listen_ticket.ts";

const { secret } = newLinkKey(0);
const ROOM = { id: "tea", createdAt: 1_700_000_000_000 };

Deno.test("isSignedWith() takes a ticket back as signTicket() made it", () => {
  fc.assert(fc.property(fc.nat(2 ** 31), fc.stringMatching(/^[a-z0-9]{4,16}$/), (expiry, kid) => {
    const ticket = parseTicket(ticketSegment(signTicket(ROOM, expiry, { kid, secret })));
    assert.ok(ticket !== null && isSignedWith(secret, ROOM, ticket));
    assert.deepEqual([ticket.expiry, ticket.kid], [expiry, kid]);
  }));
});

Deno.test("isSignedWith() refuses a ticket of which anything was changed", () => {
  const ticket = signTicket(ROOM, 1_800_000_000, { kid: "key1", secret });
  assert.ok(!isSignedWith(secret, ROOM, { ...ticket, expiry: ticket.expiry + 1 }));
  assert.ok(!isSignedWith(secret, ROOM, { ...ticket, kid: "key2" }));
  assert.ok(!isSignedWith(newLinkKey(0).secret, ROOM, ticket));
  assert.ok(!isSignedWith(secret, { ...ROOM, id: "teas" }, ticket));
  // A room deleted, and its id taken by somebody else.
  assert.ok(!isSignedWith(secret, { ...ROOM, createdAt: ROOM.createdAt + 1 }, ticket));
  for (let at = 0; at < ticket.signature.length; at++) {
    const other = ticket.signature[at] === "A" ? "B" : "A";
    const signature = ticket.signature.slice(0, at) + other + ticket.signature.slice(at + 1);
    // The last character's low two bits are no part of the signature's bytes.
    if (at < ticket.signature.length - 1) {
      assert.ok(!isSignedWith(secret, ROOM, { ...ticket, signature }), `character ${at}`);
    }
  }
});

Deno.test("parseTicket() reads nothing but tickets, whatever the segment", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const ticket = parseTicket(`~${text}`);
    if (ticket !== null) assert.equal(ticketSegment(ticket), `~${text}`);
  }));
  for (const text of ["", "~", "~1.key1", "~1.key1.", `~-1.key1.${"a".repeat(43)}`]) {
    assert.equal(parseTicket(text), null);
  }
});
