import assert from "node:assert/strict";
import { Hono } from "hono";
import { useCors } from "../../src/platform/cors.ts";

function app(origins: readonly string[]) {
  const made = new Hono();
  useCors(made, origins);
  made.get("/thing", () => Response.json({ ok: true }, { headers: { vary: "accept" } }));
  made.all("/thing", () => new Response(null, { status: 405 }));
  return made;
}

const preflight = (origin: string) => ({
  method: "OPTIONS",
  headers: { origin, "access-control-request-method": "POST" },
});

Deno.test("useCors() lets pages of the list in, and tells caches why answers differ", async () => {
  const mine = "https://radio.example";
  const allowed = await app([mine]).request("/thing", { headers: { origin: mine } });
  assert.equal(allowed.headers.get("access-control-allow-origin"), mine);
  assert.equal(allowed.headers.get("vary"), "accept, origin");
  assert.deepEqual(await allowed.json(), { ok: true });
  const answer = await app([mine]).request("/thing", preflight(mine));
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get("access-control-allow-origin"), mine);
  assert.match(answer.headers.get("access-control-allow-headers") ?? "", /authorization/);
  assert.equal(answer.headers.get("access-control-allow-credentials"), null);
});

Deno.test("useCors() says nothing to a page that is not on the list", async () => {
  for (const origin of ["https://evil.example", "null", "https://radio.example.evil.example"]) {
    const answer = await app(["https://radio.example"]).request("/thing", preflight(origin));
    assert.equal(answer.headers.get("access-control-allow-origin"), null, origin);
    assert.equal(answer.headers.get("vary"), "origin");
  }
});

Deno.test("useCors() changes nothing when no origin is allowed, and takes all for a star", async () => {
  const none = await app([]).request("/thing", preflight("https://radio.example"));
  assert.equal(none.status, 405);
  assert.equal(none.headers.get("vary"), null);
  const all = await app(["*"]).request("/thing", { headers: { origin: "https://any.example" } });
  assert.equal(all.headers.get("access-control-allow-origin"), "*");
});
