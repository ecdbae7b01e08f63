import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { MAX_BATCH } from "../../src/contracts/jsonrpc.ts";
import { CLOSE_CODES, MAX_MESSAGE, SUBPROTOCOL } from "../../src/contracts/rpc.ts";
import { Page } from "./gateway_page.ts";
import { type GatewayRig, OFFER, ORIGIN, startGatewayRig } from "./gateway_rig.ts";
import { until } from "../support/until.ts";

let rig: GatewayRig;
Deno.test.beforeAll(async () => {
  rig = await startGatewayRig();
});
Deno.test.afterAll(() => rig.stop());

/** The status and error code with which a handshake is refused. */
async function refused(headers: Record<string, string>): Promise<[number, string]> {
  const response = await fetch(`${rig.url}/ws`, { headers });
  equal(response.headers.get("content-type"), "application/problem+json");
  return [response.status, (await response.json()).code];
}

function offering(token: string): Record<string, string> {
  return { "sec-websocket-protocol": `${SUBPROTOCOL}, jwt.${token}`, origin: ORIGIN };
}

Deno.test("a socket opens for our page with a good token, and speaks roomcast.v1", async () => {
  const page = await rig.page("host");
  equal(page.protocol, SUBPROTOCOL);
  ok(Math.abs((await page.call("ping", {})).now - Date.now()) < 60_000);
  await page.close();
});

Deno.test("a handshake is refused before the upgrade when page, token or protocol is wrong", async () => {
  const token = await rig.token("host");
  const { origin: _, ...noOrigin } = offering(token);
  deepEqual(await refused(noOrigin), [403, "forbidden"]);
  for (const origin of ["https://evil.example", "null", `${ORIGIN}.evil.example`, ""]) {
    deepEqual(await refused({ ...offering(token), origin }), [403, "forbidden"], origin);
  }
  const [header, claims, signature] = token.split(".");
  const none = btoa(JSON.stringify({ alg: "none" })).replaceAll("=", "");
  const foreign = await new ForeignKey().token("host");
  for (
    const bad of [`${none}.${claims}.`, `${header}.${claims}.AAAA`, foreign, "..", `${signature}`]
  ) {
    deepEqual(await refused(offering(bad)), [401, "unauthorized"], bad);
  }
  deepEqual(await refused(offering(await rig.token("host", "user", "-1m"))), [
    401,
    "token_expired",
  ]);
  deepEqual(await refused({ origin: ORIGIN, "sec-websocket-protocol": SUBPROTOCOL }), [
    401,
    "unauthorized",
  ]);
  deepEqual(await refused({ origin: ORIGIN }), [400, "invalid_request"]);
  deepEqual(await refused(offering(token)), [400, "invalid_request"], "no upgrade asked for");
  await rejects(new Page(rig.url, { token: "a.b.c", origin: ORIGIN }).opened());
});

Deno.test("every origin is let in where * is allowed", async () => {
  const at = await rig.startOne({ ROOMCAST_ORIGINS: "*" });
  const page = await new Page(at, { token: await rig.token("host") }).opened();
  await page.close();
});

Deno.test("a message that makes no sense gets an error, and the next one an answer", async () => {
  const page = await rig.page("host");
  const answerTo = async (text: string) => {
    page.send(text);
    return (await page.rawAnswer()).error?.data?.code;
  };
  equal(await answerTo("{"), "parse_error");
  equal(await answerTo("[]"), "invalid_request");
  equal(await answerTo("17"), "invalid_request");
  equal(await answerTo(`{"jsonrpc":"1.0","id":"a","method":"ping"}`), "invalid_request");
  equal(
    await answerTo(`{"jsonrpc":"2.0","id":"a","method":"ping","params":[1]}`),
    "invalid_params",
  );
  equal(await answerTo(`[${Array(10_000).fill("1").join(",")}]`), "invalid_request");
  equal(await answerTo(`[${Array(MAX_BATCH + 1).fill("{}").join(",")}]`), "invalid_request");
  for (const method of ["nonsense", "toString", "__proto__", "constructor"]) {
    equal((await page.refusal(method, {})).code, "method_not_found", method);
  }
  equal((await page.refusal("ping", { more: 1 })).code, "invalid_params");
  equal((await page.refusal("leave", {})).code, "not_joined");
  page.send(`{"jsonrpc":"2.0","method":"ping"}`);
  ok((await page.call("ping", {})).now);
  await page.close();
});

Deno.test("a binary or huge message closes the socket with the reason", async () => {
  const binary = await rig.page("host");
  binary.send(new Uint8Array([1, 2, 3]));
  equal((await binary.closed).code, CLOSE_CODES.binary.code);
  const huge = await rig.page("host");
  huge.send("x".repeat(MAX_MESSAGE + 1));
  equal((await huge.closed).code, CLOSE_CODES.too_large.code);
});

Deno.test("a flood is refused with the seconds to wait, and then closed", async () => {
  const page = await rig.page("host");
  for (let i = 0; i < 400; i++) {
    page.send(`{"jsonrpc":"2.0","id":"x${i}","method":"nonsense"}`);
  }
  const codes = new Set<string | undefined>();
  while (codes.size < 2) {
    const { error } = await page.rawAnswer();
    codes.add(error?.data?.code);
    if (error?.data?.code === "too_many_requests") ok((error.data.retryAfterS ?? 0) > 0);
  }
  deepEqual([...codes], ["method_not_found", "too_many_requests"]);
  equal((await page.closed).code, CLOSE_CODES.flooding.code);
});

Deno.test("a socket outlives its token while it has a seat, and takes nothing new", async () => {
  await rig.liveRoom("expiry");
  const exp = Math.floor(Date.now() / 1000) + 2;
  const token = await rig.token("host", "user", exp);
  const page = await new Page(rig.url, { token, origin: ORIGIN }).opened();
  const unseated = await new Page(rig.url, {
    token: await rig.token("guest", "user", exp),
    origin: ORIGIN,
  }).opened();
  await page.call("join", { roomId: "expiry", sdp: OFFER });
  equal((await unseated.closed).code, CLOSE_CODES.unauthorized.code);
  equal((await page.refusal("room.get", { id: "expiry" })).code, "token_expired");
  equal((await page.call("participants", {})).participants.length, 1);
  await page.call("leave", {});
  equal((await page.refusal("join", { roomId: "expiry", sdp: OFFER })).code, "token_expired");
  await page.close();
});

Deno.test("the newest connection of a person wins, on the same gateway and on another", async () => {
  await rig.liveRoom("newest");
  const other = await rig.startOne();
  const first = await rig.page("host");
  await first.call("join", { roomId: "newest", sdp: OFFER });
  const watcher = await rig.page("watcher");
  await watcher.call("join", { roomId: "newest", sdp: OFFER });

  const second = await rig.page("host", other);
  await second.call("ping", {});
  equal((await first.closed).code, CLOSE_CODES.superseded.code);
  await watcher.notice("left");
  const third = await rig.page("host", other);
  await third.call("ping", {});
  equal((await second.closed).code, CLOSE_CODES.superseded.code);
  const fourth = await rig.page("host");
  await fourth.call("ping", {});
  equal((await third.closed).code, CLOSE_CODES.superseded.code);
  ok((await fourth.call("ping", {})).now);

  const redis = rig.connectRedis();
  await new Promise((resolve) => redis.client.once("ready", resolve));
  const fence = async () => Number(await redis.client.hget("lock:conn:host", "fence"));
  const before = await fence();
  ok(before > 0);
  await Promise.all([fourth.close(), watcher.close()]);
  await rig.stopGateway(other);
  const fifth = await rig.page("host");
  await fifth.call("ping", {});
  await until("a higher fencing id", async () => await fence() > before);
  await fifth.close();
  await redis.stop();
});

Deno.test("the newest connection wins also when an older one is heard of later", async () => {
  const other = await rig.startOne();
  const older = await rig.page("reloader");
  const newer = await rig.page("reloader", other);
  await newer.call("ping", {});
  await older.call("ping", {});
  equal((await older.closed).code, CLOSE_CODES.superseded.code);
  ok((await newer.call("ping", {})).now);
  await newer.close();
  await rig.stopGateway(other);
});

Deno.test("livez() and readyz() tell how the gateway is", async () => {
  for (const path of ["/livez", "/readyz"]) {
    const response = await fetch(`${rig.url}${path}`);
    deepEqual([response.status, (await response.json()).status], [200, "ok"]);
  }
  const response = await fetch(`${rig.url}/nothing`);
  deepEqual([response.status, (await response.json()).code], [404, "not_found"]);
});

/** Somebody who signs tokens without being the User Service. */
class ForeignKey {
  async token(sub: string): Promise<string> {
    const { generateKeyPair, SignJWT } = await import("jose");
    const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
    return await new SignJWT({ name: "Eve", role: "admin" })
      .setProtectedHeader({ alg: "EdDSA", kid: "k1" })
      .setSubject(sub).setIssuer("roomcast").setAudience("roomcast")
      .setExpirationTime("5m").sign(privateKey);
  }
}
