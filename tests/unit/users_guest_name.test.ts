import assert from "node:assert/strict";
import { DisplayName } from "../../src/contracts/ids.ts";
import { guestName } from "../../src/control/users/guest_name.ts";

Deno.test("guestName() gives a name people may have when any number is drawn", () => {
  for (const random of [0, 0.5, 0.999999999]) {
    const name = guestName(() => random);
    assert.equal(DisplayName.parse(name), name);
    assert.match(name, /^[A-Z][a-z]+ [A-Z][a-z]+$/);
  }
});
