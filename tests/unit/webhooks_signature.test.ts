import assert from "node:assert/strict";
import { WebhookSecret } from "../../src/contracts/webhooks.ts";
import { newSecret, signatureHeaders } from "../../src/control/webhooks/signature.ts";

/** The example of the Standard Webhooks libraries. */
const EXAMPLE = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  message: {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: 1614265330,
    body: '{"test": 2432232314}',
  },
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

Deno.test("signatureHeaders() signs as Standard Webhooks does", () => {
  assert.deepEqual(signatureHeaders(EXAMPLE.message, [EXAMPLE.secret]), {
    "webhook-id": EXAMPLE.message.id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": EXAMPLE.signature,
  });
});

Deno.test("signatureHeaders() signs with each secret when two are valid", () => {
  const headers = signatureHeaders(EXAMPLE.message, [newSecret(), EXAMPLE.secret]);
  const [first, second, ...rest] = headers["webhook-signature"]?.split(" ") ?? [];
  assert.match(first ?? "", /^v1,[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(first, second);
  assert.deepEqual([second, rest], [EXAMPLE.signature, []]);
});

Deno.test("newSecret() makes secrets that fit the schema, each another", () => {
  const secrets = Array.from({ length: 20 }, newSecret);
  for (const secret of secrets) assert.equal(WebhookSecret.parse(secret), secret);
  assert.equal(new Set(secrets).size, 20);
});
