import { equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { AppError } from "../../src/contracts/errors.ts";
import { offeredToken, originAllowed } from "../../src/gateway/signaling/handshake.ts";

const refusedWith = (code: string) => (err: unknown) =>
  err instanceof AppError && err.code === code;

Deno.test("offeredToken() reads the token beside the subprotocol, in any order", () => {
  equal(offeredToken("roomcast.v1, jwt.aa.bb.cc"), "aa.bb.cc");
  equal(offeredToken("jwt.aa.bb-_.cc,roomcast.v1"), "aa.bb-_.cc");
  throws(() => offeredToken("jwt.aa.bb.cc"), refusedWith("invalid_request"));
  throws(() => offeredToken(null), refusedWith("invalid_request"));
  throws(() => offeredToken("roomcast.v1"), refusedWith("unauthorized"));
  throws(() => offeredToken("roomcast.v1, jwt.aa.bb"), refusedWith("unauthorized"));
});

Deno.test("offeredToken() throws nothing but an AppError, whatever the header", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (header) => {
    try {
      offeredToken(`roomcast.v1, ${header}`);
    } catch (err) {
      equal(err instanceof AppError, true);
    }
  }));
});

Deno.test("originAllowed() takes exact origins only, and a missing one only with *", () => {
  const allowed = ["https://a.example"];
  equal(originAllowed("https://a.example", allowed), true);
  equal(originAllowed("https://a.example.evil.example", allowed), false);
  equal(originAllowed("http://a.example", allowed), false);
  equal(originAllowed("null", allowed), false);
  equal(originAllowed(null, allowed), false);
  equal(originAllowed(null, ["*"]), true);
  equal(originAllowed("https://b.example", []), false);
});
