import assert from "node:assert/strict";
import { Auth, type CredentialStorage } from "../../web/src/client/auth.ts";
import { ClientError } from "../../web/src/client/client_error.ts";
import { CREDENTIALS_KEY } from "../../web/src/client/credentials.ts";
import { HttpClient } from "../../web/src/client/http.ts";
import { exclusivelyHere } from "../../web/src/client/tab_locks.ts";
import { newLogin, PASSWORD, UsersHarness } from "./users_harness.ts";

const users = new UsersHarness();
const servers: Deno.HttpServer[] = [];
Deno.test.beforeAll(() => users.start());
Deno.test.afterAll(async () => {
  await Promise.all(servers.map((server) => server.shutdown()));
  await users.stop();
});

/** A browser: tabs that share a storage and a lock, and talk to a real User Service. */
async function browser(guests = true) {
  const { app } = await users.service({ guests });
  let requests = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => {
      requests++;
      return app.fetch(request, info);
    },
  );
  servers.push(server);
  const kept = new Map<string, string>();
  const storage: CredentialStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
  const http = new HttpClient(`http://127.0.0.1:${server.addr.port}`);
  const exclusively = exclusivelyHere();
  return {
    kept,
    requests: () => requests,
    tab: (now?: () => number) =>
      new Auth({ http, storage, exclusively, ...(now === undefined ? {} : { now }) }),
  };
}

const later = () => Date.now() + 16 * 60_000;
const code = (expected: string) => (error: unknown) =>
  error instanceof ClientError && error.code === expected;

Deno.test("Auth.ensure() makes one guest when two tabs ask at once", async () => {
  const { tab, requests } = await browser();
  const [one, two] = await Promise.all([tab().ensure(), tab().ensure()]);
  assert.equal(one.user.role, "guest");
  assert.equal(one.accessToken, two.accessToken);
  assert.equal(requests(), 1);
});

Deno.test("Auth.ensure() calls a new guest what they want, and a known one what they were called", async () => {
  const { tab } = await browser();
  assert.equal((await tab().ensure("Ada")).user.name, "Ada");
  assert.equal((await tab().ensure("Bob")).user.name, "Ada");
});

Deno.test("Auth.ensure() spends a refresh token once when two tabs find it due", async () => {
  const { tab, requests } = await browser();
  const first = await tab().ensure();
  const [one, two] = await Promise.all([tab(later).ensure(), tab(later).ensure()]);
  assert.equal(one.user.id, first.user.id);
  assert.notEqual(one.refreshToken, first.refreshToken);
  assert.equal(two.refreshToken, one.refreshToken);
  assert.equal(requests(), 2);
});

Deno.test("Auth.ensure() takes a new guest pass when the old one is spent, and asks an account to sign in", async () => {
  const { tab, kept } = await browser();
  const spoil = () => {
    const stored = JSON.parse(kept.get(CREDENTIALS_KEY) ?? "{}");
    kept.set(CREDENTIALS_KEY, JSON.stringify({ ...stored, refreshToken: "spent", expiresAt: 0 }));
  };
  const guest = await tab().ensure();
  spoil();
  const next = await tab().ensure();
  assert.notEqual(next.user.id, guest.user.id);
  await tab().register(newLogin(), PASSWORD);
  spoil();
  await assert.rejects(tab().ensure(), code("unauthorized"));
  assert.equal(tab().current, null);
});

Deno.test("Auth.login() says who is signed in, and logout() ends it on the server too", async () => {
  const { tab } = await browser();
  const login = newLogin();
  const auth = tab();
  const seen: (string | null)[] = [];
  auth.onChange((who) => seen.push(who?.user.name ?? null));
  await auth.register(login, PASSWORD, "Ada");
  const { refreshToken } = await auth.login(login, PASSWORD);
  await auth.logout();
  assert.deepEqual(seen, ["Ada", "Ada", null]);
  const { kept, tab: other } = await browser();
  const expired = {
    accessToken: "x",
    refreshToken,
    expiresAt: 0,
    user: { id: "u-1", name: "A", login, role: "user", createdAt: "" },
  };
  kept.set(CREDENTIALS_KEY, JSON.stringify(expired));
  await assert.rejects(other().ensure(), code("unauthorized"));
});

Deno.test("Auth says in a sentence why nobody comes in", async () => {
  const { tab } = await browser(false);
  await assert.rejects(tab().ensure(), /Guests are not let in/);
  await assert.rejects(tab().login(newLogin(), "wrong password"), /name or the password is wrong/);
  await assert.rejects(
    tab().register("a", "short"),
    (error) => code("invalid_params")(error) && /login|password/.test(String(error)),
  );
});

Deno.test("Auth takes garbage in the storage for nobody", async () => {
  const { tab, kept } = await browser();
  for (const garbage of ["", "{", "null", '{"accessToken":1}']) {
    kept.set(CREDENTIALS_KEY, garbage);
    assert.equal(tab().current, null);
  }
  assert.equal((await tab().ensure()).user.role, "guest");
});
