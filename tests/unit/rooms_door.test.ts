import assert from "node:assert/strict";
import { Context } from "hono";
import { AppError } from "../../src/contracts/errors.ts";
import { CALL_LIMITS, CallLimits } from "../../src/control/rooms/call_limits.ts";
import { admittedCaller } from "../../src/control/rooms/door.ts";

Deno.test("admittedCaller() counts who shows a token that does not pass, by address", async () => {
  const c = new Context(new Request("http://localhost/api/rooms"));
  const limits = new CallLimits(() => 0);
  const refused = new AppError("unauthorized", "The token was not signed by us");
  const verifier = { verify: () => Promise.reject(refused) };
  const come = async (address: string) => {
    const door = { verifier, limits, addressOf: () => address };
    try {
      await admittedCaller(c, { method: "GET" }, door, Promise.reject(refused));
    } catch (err) {
      return err instanceof AppError ? err.code : err;
    }
  };
  for (let n = 0; n < CALL_LIMITS.anonymous.capacity; n++) {
    assert.equal(await come("192.0.2.1"), "unauthorized");
  }
  assert.equal(await come("192.0.2.1"), "too_many_requests");
  assert.equal(await come("192.0.2.2"), "unauthorized");
});
