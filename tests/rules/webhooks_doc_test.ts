import assert from "node:assert/strict";
import { WEBHOOK_EVENTS, WebhookEnvelope } from "../../src/contracts/webhook_events.ts";
import { WEBHOOK_OPERATIONS } from "../../src/contracts/webhooks.ts";
import { parseConfigured } from "../../src/control/webhooks/configured_endpoints.ts";
import { newSecret, signatureHeaders } from "../../src/control/webhooks/signature.ts";
import { receiver } from "../support/documented_receiver.ts";
import { readProject } from "./support.ts";

const doc = await readProject("docs/webhooks.md");
const json = Array.from(doc.matchAll(/```json\n([\s\S]*?)```/g), ([, text = ""]) => text);
const examples = json.map((text): unknown => JSON.parse(text)).filter((one) => !Array.isArray(one));

Deno.test("docs/webhooks.md shows each event as its schema has it, and no other", () => {
  const shown = examples.map((example) => WebhookEnvelope.parse(example));
  for (const { type, data } of shown) WEBHOOK_EVENTS[type].data.parse(data);
  assert.deepEqual(shown.map(({ type }) => type), Object.keys(WEBHOOK_EVENTS));
  for (const { type } of shown) assert.ok(doc.includes(`**${type}**`), type);
});

Deno.test("docs/webhooks.md names the operations that there are", () => {
  const rows = Array.from(
    doc.matchAll(/`((?:GET|POST|PATCH|DELETE) \/api\/webhooks[^`]*)`/g),
    ([, row = ""]) => row,
  );
  const table = Object.values(WEBHOOK_OPERATIONS).map(({ method, path }) =>
    `${method} ${path.replace("{delivery}", "{id}")}`
  );
  assert.deepEqual(rows.toSorted(), table.toSorted());
});

Deno.test("docs/webhooks.md shows a configuration that can be used", () => {
  const lists = json.filter((text) => text.startsWith("["));
  assert.deepEqual(lists.map((text) => parseConfigured(text).length), [1]);
});

Deno.test("the receiver in docs/webhooks.md takes what we sign, once, and nothing else", async () => {
  const secret = newSecret();
  const taken: string[] = [];
  const handle = receiver(secret, ({ type }) => taken.push(type));
  const id = "evt_1";
  const body = '{"type":"room.created"}';
  const now = Math.floor(Date.now() / 1000);
  const post = async (timestamp: number, secrets: readonly string[], sent = body, more = {}) => {
    const headers = { ...signatureHeaders({ id, body, timestamp }, secrets), ...more };
    const request = new Request("http://example.com/", { method: "POST", headers, body: sent });
    return (await handle(request)).status;
  };
  assert.equal(await post(now, [secret]), 204);
  assert.equal(await post(now, [newSecret(), secret]), 204);
  assert.equal(await post(now, [newSecret()]), 401);
  assert.equal(await post(now - 400, [secret]), 401);
  assert.equal(await post(now, [secret], `${body} `), 401);
  assert.equal(await post(now, [secret], body, { "webhook-id": "evt_2" }), 401);
  assert.equal(await post(now, [secret], body, { "webhook-timestamp": "soon" }), 401);
  assert.equal(await post(now, [secret], body, { "webhook-signature": "v1,x v2" }), 401);
  assert.deepEqual(taken, ["room.created"]);
});
