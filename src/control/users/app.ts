import type { Context, Hono } from "hono";
import { AppError } from "../../contracts/errors.ts";
import { TokenPair, USER_OPERATIONS, UserView } from "../../contracts/users.ts";
import { type Health, healthOf } from "../../platform/checks.ts";
import { bearerToken, createApp, problemResponse, readJson } from "../../platform/http.ts";
import { createTokenVerifier, type TokenVerifier } from "../../platform/jwt.ts";
import type { Log } from "../../platform/log.ts";
import { openApiDocument } from "../../platform/openapi.ts";
import type { RedisConnection } from "../../platform/redis.ts";
import { VERSION } from "../../platform/version.ts";
import { Accounts } from "./accounts.ts";
import {
  clientAddress,
  LOCAL_PROXIES,
  type TrustedProxies,
} from "../../platform/client_address.ts";
import { useCors } from "../../platform/cors.ts";
import { KeyedBuckets } from "../../platform/keyed_buckets.ts";
import { REQUESTS_PER_ADDRESS } from "./limits.ts";
import { KeyStore } from "./key_store.ts";
import type { BoundOperation } from "./operation.ts";
import { bindOperations } from "./operations.ts";
import { Passwords } from "./passwords.ts";
import { Presence } from "./presence.ts";
import { KEY_SET_MAX_AGE_S } from "./rotate_keys.ts";
import { REPEAT_GRACE_MS, Sessions } from "./sessions.ts";
import { TokenPairs } from "./token_pairs.ts";

export interface UsersAppOptions {
  readonly redis: RedisConnection;
  readonly log: Log;
  /** Whether people may come in without an account. */
  readonly guests: boolean;
  /** Default: those on this machine. */
  readonly proxies?: TrustedProxies;
  /** Origins of foreign pages that may use the API. Default none. */
  readonly corsOrigins?: readonly string[];
  /** Unix time in ms. Default: the machine's clock. */
  readonly now?: () => number;
  /** See {@link REPEAT_GRACE_MS}. */
  readonly repeatGraceMs?: number;
  readonly passwords?: Passwords;
}

/**
 * The User Service as a Hono app: the operations of the table, the key set and the API's description.
 *
 * @example
 * ```ts
 * const app = createUsersApp({ redis, log, guests: true });
 * await app.request("/api/auth/guest", { method: "POST" });
 * ```
 */
export function createUsersApp(options: UsersAppOptions): Hono {
  return usersApp(options).app;
}

/** As {@link createUsersApp}, with what `/readyz` looks at. */
export function usersApp(options: UsersAppOptions): { app: Hono; health: Health } {
  const { log, guests, now = Date.now, repeatGraceMs = REPEAT_GRACE_MS } = options;
  const redis = options.redis.client;
  const accounts = new Accounts(redis);
  const sessions = new Sessions(redis, repeatGraceMs);
  const presence = new Presence(redis);
  const keys = new KeyStore(redis, now);
  const pairs = new TokenPairs(keys, sessions, accounts, presence, now);
  const passwords = options.passwords ?? new Passwords();
  const bound = Object.values(bindOperations({
    ...{ redis, log, accounts, sessions, presence, passwords, pairs, guests, now },
  }));
  const verifier = createTokenVerifier(keys.find);

  const health = healthOf("users", {
    redis: () => options.redis.unhealthy(),
    key_set: () => keys.unhealthy(),
  });
  const app = createApp(log, health);
  useCors(app, options.corsOrigins ?? []);
  const requests = new KeyedBuckets(REQUESTS_PER_ADDRESS);
  const context = { verifier, requests, proxies: options.proxies ?? LOCAL_PROXIES };
  for (const operation of bound) {
    app.on(operation.method, operation.path, (c) => answer(c, operation, context));
  }
  for (const [path, group] of Map.groupBy(bound, (operation) => operation.path)) {
    app.all(path, () => notAllowed(group.map(({ method }) => method)));
  }
  app.get("/.well-known/jwks.json", async (c) => {
    c.header("cache-control", `public, max-age=${KEY_SET_MAX_AGE_S}`);
    c.header("access-control-allow-origin", "*");
    c.header("content-type", "application/jwk-set+json");
    return c.body(JSON.stringify({ keys: await keys.published() }));
  });
  app.get("/api/auth/openapi.json", (c) => {
    c.header("cache-control", "public, max-age=300");
    return c.json(OPEN_API);
  });
  return { app, health };
}

const OPEN_API = openApiDocument({
  title: "Roomcast User Service",
  version: VERSION,
  operations: USER_OPERATIONS,
  components: { TokenPair, UserView },
});

async function answer(
  c: Context,
  { method, auth, status, run }: BoundOperation,
  { verifier, requests, proxies }: {
    verifier: TokenVerifier;
    requests: KeyedBuckets;
    proxies: TrustedProxies;
  },
): Promise<Response> {
  const address = clientAddress(c.env, c.req.header("x-forwarded-for"), proxies);
  requests.take(address);
  const claims = auth === "none" ? null : await verifier.verify(tokenOf(c));
  const params = method === "GET" || method === "DELETE" ? c.req.query() : await readJson(c);
  const result = await run(params, { address, claims });
  const init = { status, headers: { "cache-control": "no-store" } };
  return status === 204 ? new Response(null, init) : Response.json(result, init);
}

function tokenOf(c: Context): string {
  const token = bearerToken(c);
  if (token === null) throw new AppError("unauthorized", "Send an access token as a bearer token");
  return token;
}

function notAllowed(methods: readonly string[]): Response {
  const allow = methods.join(", ");
  const response = problemResponse(
    new AppError("method_not_allowed", `Only ${allow} works here`),
  );
  response.headers.set("allow", allow);
  return response;
}
