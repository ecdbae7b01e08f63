import assert from "node:assert/strict";
import { ConfigError, readConfig } from "../../src/platform/config.ts";
import { parseConfigured } from "../../src/control/webhooks/configured_endpoints.ts";

const SECRET = `whsec_${btoa("s".repeat(24))}`;
const one = (rest: Record<string, unknown>) =>
  JSON.stringify([{ url: "https://example.com/hook", secret: SECRET, ...rest }]);

Deno.test("parseConfigured() takes nothing, one secret or two, and some events", () => {
  assert.deepEqual(parseConfigured(""), []);
  assert.deepEqual(parseConfigured(one({})).map(({ secret, events }) => [secret, events]), [
    [[SECRET], null],
  ]);
  const two = one({ secret: [SECRET, SECRET], events: ["room.on_air"] });
  assert.equal(parseConfigured(two)[0]?.secret.length, 2);
});

Deno.test("parseConfigured() says what is wrong in a line that shows no secret", () => {
  const bad = `${SECRET}!`;
  for (
    const [text, said] of [
      ["{", /^Cannot use ROOMCAST_WEBHOOKS: it is not JSON$/],
      ["{}", /expected array/],
      [one({ url: "ftp://example.com" }), /\/0\/url: /],
      [one({ secret: bad }), /\/0\/secret: /],
      [one({ events: ["room.painted"] }), /\/0\/events\/0: /],
      [one({ colour: "red" }), /colour/],
    ] as const
  ) {
    assert.throws(() => parseConfigured(text), (err) => {
      assert.ok(err instanceof ConfigError);
      assert.match(err.message, said);
      assert.ok(!err.message.includes(SECRET) && !err.message.includes("\n"), err.message);
      return true;
    });
  }
});

Deno.test("readConfig() takes ROOMCAST_WEBHOOKS from a file when it is named", () => {
  const { ROOMCAST_WEBHOOKS } = readConfig(
    { ROOMCAST_WEBHOOKS_FILE: "/run/secrets/webhooks" },
    () => `${one({})}\n`,
  );
  assert.equal(parseConfigured(ROOMCAST_WEBHOOKS).length, 1);
});
