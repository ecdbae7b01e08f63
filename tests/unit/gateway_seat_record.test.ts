import assert from "node:assert/strict";
import { SeatSecret } from "../../src/contracts/rpc.ts";
import {
  hashSeatSecret,
  newSeatSecret,
  proves,
  SeatRecord,
} from "../../src/gateway/signaling/seat_record.ts";

Deno.test("newSeatSecret() gives secrets that the contract takes, none twice", () => {
  const secrets = Array.from({ length: 100 }, newSeatSecret);
  for (const secret of secrets) assert.ok(SeatSecret.safeParse(secret).success, secret);
  assert.equal(new Set(secrets).size, 100);
});

Deno.test("proves() takes the secret from the person whose seat it is, and from nobody else", () => {
  const secret = newSeatSecret();
  const seat = { secretHash: hashSeatSecret(secret), participant: { userId: "ann" } };
  const proof = { seat: "ann.1", secret, userId: "ann" };
  assert.equal(proves(proof, seat), true);
  assert.equal(proves({ ...proof, userId: "bob" }, seat), false);
  assert.equal(proves({ ...proof, secret: newSeatSecret() }, seat), false);
  assert.equal(proves({ ...proof, secret: seat.secretHash }, seat), false);
});

Deno.test("SeatRecord holds a hash of the secret, and nothing that proves a seat", () => {
  const fields = Object.keys(SeatRecord.shape).sort();
  assert.deepEqual(fields, ["location", "participant", "receiving", "roomId", "secretHash"]);
});
