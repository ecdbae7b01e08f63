import assert from "node:assert/strict";
import fc from "fast-check";
import { html } from "../../src/control/rooms/docs/html.ts";
import { schemaText } from "../../src/control/rooms/docs/schema_text.ts";

Deno.test("html() escapes whatever is put in, and only that", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const { text: page } = html`<p title="${text}">${[html`<b>${text}</b>`]}</p>`;
    assert.equal(page.match(/</g)?.length, 4);
    assert.equal(page.match(/"/g)?.length, 2);
  }));
});

Deno.test("schemaText() says a type in words", () => {
  assert.equal(schemaText({ $ref: "#/components/schemas/RoomView" }), "RoomView");
  assert.equal(
    schemaText({ anyOf: [{ type: "string", minLength: 1, maxLength: 5 }, { type: "null" }] }),
    "string, 1 to 5 characters or null",
  );
  assert.equal(schemaText({ enum: ["idle", "on_air"] }), '"idle" | "on_air"');
  assert.equal(
    schemaText({ type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    "integer, at least 1",
  );
  assert.equal(schemaText({ type: "array", items: { type: "string" } }), "list of string");
});
