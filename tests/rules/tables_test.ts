import assert from "node:assert/strict";
import { ADMIN_OPERATIONS } from "../../src/contracts/admin.ts";
import { ERRORS } from "../../src/contracts/errors.ts";
import {
  DRAINS_PREFIX,
  KEYS,
  LINK_KEYS_PREFIX,
  NODES_PREFIX,
  ROOMS_PREFIX,
  SUSPICIONS_PREFIX,
} from "../../src/contracts/keys.ts";
import { ROOM_OPERATIONS } from "../../src/contracts/operations.ts";
import { WEBHOOK_OPERATIONS } from "../../src/contracts/webhooks.ts";
import { KEPT_NOTIFICATIONS, METHODS, NOTIFICATIONS } from "../../src/contracts/rpc.ts";
import { ROLE_NAMES, ROLES } from "../../src/roles.ts";
import { ConfigSchema } from "../../src/platform/config.ts";

function duplicates<T>(values: readonly T[]): T[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

const PREFIXES = [ROOMS_PREFIX, NODES_PREFIX, DRAINS_PREFIX, SUSPICIONS_PREFIX, LINK_KEYS_PREFIX];

Deno.test("KEYS have patterns of their own, under a known prefix, leased where they tell of something alive", () => {
  const rows = Object.values(KEYS);
  assert.deepEqual(duplicates(rows.map(({ pattern }) => pattern)), []);
  for (const { pattern, leased } of rows) {
    assert.equal(pattern.split("{id}").length, 2, pattern);
    const prefix = PREFIXES.find((one) => pattern.startsWith(one));
    assert.ok(prefix, pattern);
    assert.equal(leased, prefix === NODES_PREFIX || prefix === SUSPICIONS_PREFIX, pattern);
  }
});

Deno.test("ERRORS have RPC codes of their own and HTTP statuses that are errors", () => {
  const rows = Object.values(ERRORS);
  assert.deepEqual(duplicates(rows.map(({ rpc }) => rpc)), []);
  for (const { status, rpc } of rows) {
    assert.ok(status >= 400 && status < 600);
    assert.ok(rpc >= 1000 || (rpc <= -32600 && rpc >= -32768));
  }
});

Deno.test("ROOM_OPERATIONS have routes of their own and name an id exactly when they take one", () => {
  const rows = Object.values(ROOM_OPERATIONS);
  assert.deepEqual(duplicates(rows.map(({ method, path }) => `${method} ${path}`)), []);
  for (const { path, params, auth } of rows) {
    assert.ok(path.startsWith("/api/rooms"));
    if (auth === "owner") assert.ok(path.includes("{id}"), path);
    if (path.includes("{id}")) assert.ok("id" in params.shape, path);
  }
});

Deno.test("WEBHOOK_OPERATIONS have routes of their own and name an id when they are about one", () => {
  const rows = Object.values(WEBHOOK_OPERATIONS);
  assert.deepEqual(duplicates(rows.map(({ method, path }) => `${method} ${path}`)), []);
  for (const { path, params, auth } of rows) {
    assert.ok(path.startsWith("/api/webhooks"));
    assert.equal(auth === "owner", path.includes("{id}"), path);
    assert.equal(path.includes("{id}"), "id" in params.shape, path);
  }
});

Deno.test("ADMIN_OPERATIONS have routes of their own, are for admins only, and say that others are refused", () => {
  const rows = Object.entries(ADMIN_OPERATIONS);
  assert.deepEqual(duplicates(rows.map(([, { method, path }]) => `${method} ${path}`)), []);
  for (const [name, { path, params, auth, errors }] of rows) {
    assert.match(name, /^admin\./);
    assert.ok(path.startsWith("/api/admin/"), name);
    assert.equal(auth, "admin", name);
    assert.ok(errors.some((code) => code === "forbidden"), name);
    for (const [, param = ""] of path.matchAll(/\{(\w+)\}/g)) {
      assert.ok(param in params.shape, name);
    }
  }
});

Deno.test("METHODS have a summary each, and refuse what they do not know", () => {
  for (const [name, { summary, params }] of Object.entries(METHODS)) {
    assert.match(summary, /^[A-Z]/, name);
    assert.equal(params.safeParse({ nobodyKnowsThis: 1 }).success, false, name);
    assert.equal(params.safeParse([]).success, false, name);
  }
});

Deno.test("KEPT_NOTIFICATIONS are notifications, and no notification has a method's name", () => {
  for (const name of KEPT_NOTIFICATIONS) assert.ok(name in NOTIFICATIONS, name);
  assert.deepEqual(Object.keys(NOTIFICATIONS).filter((name) => name in METHODS), []);
});

Deno.test("ROLES have ports that are settings, each its own", () => {
  const settings = ROLE_NAMES.map((name) => ROLES[name].port);
  assert.deepEqual(duplicates(settings), []);
  for (const setting of settings) assert.ok(setting in ConfigSchema.shape, setting);
});
