import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import type { RoomMeta } from "../../src/contracts/room.ts";
import { SeatRecord } from "../../src/gateway/signaling/seat_record.ts";
import { Orphans } from "../../src/gateway/whip/orphans.ts";
import { hashSecret } from "../../src/platform/password.ts";
import { hashStreamKey, newStreamKey } from "../../src/platform/stream_key.ts";
import { silentLog } from "../../src/platform/log.ts";
import { connectRedis, redisReady } from "../../src/platform/redis.ts";
import { until } from "../support/until.ts";
import { type GatewayRig, OFFER, ORIGIN, startGatewayRig } from "./gateway_rig.ts";

/** As OBS sends it: audio to send, and video beside it. */
const ENCODER_OFFER = OFFER.replace("a=sendrecv", "a=sendonly")
  .replace("a=group:BUNDLE 0", "a=group:BUNDLE 0 1") +
  OFFER.slice(OFFER.indexOf("m=audio")).replace(/^m=audio.*/, "m=video 9 UDP/TLS/RTP/SAVPF 96")
    .replaceAll(/^a=(rtpmap|fmtp|rtcp-fb|extmap|ssrc|msid|rtcp-xr).*\r\n/gm, "")
    .replace("a=mid:0", "a=mid:1").replace("a=sendrecv", "a=sendonly\r\na=rtpmap:96 H264/90000");
const FRAGMENT = [
  "a=ice-ufrag:05RO",
  "a=ice-pwd:sGBk5rmVyPwEFzB1JikgnhV6",
  "m=audio 9 UDP/TLS/RTP/SAVPF 0",
  "a=mid:0",
  "a=candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host",
  "a=end-of-candidates",
  "",
].join("\r\n");

let rig: GatewayRig;
let other: string;
Deno.test.beforeAll(async () => {
  rig = await startGatewayRig();
  other = await rig.startOne({
    ROOMCAST_STUN_URLS: "stun:stun.example:3478",
    ROOMCAST_TURN_URLS: "turn:turn.example:3478?transport=udp,turns:turn.example:5349",
    ROOMCAST_TURN_SECRET: "shared-with-coturn",
  });
});
Deno.test.afterAll(() => rig.stop());

/** A live room with a stream key. */
async function roomWithKey(id: string, change: Partial<RoomMeta> = {}): Promise<string> {
  const { id: keyId, key } = newStreamKey();
  const made = { id: keyId, name: "Encoder", hash: hashStreamKey(key), createdAt: 1 };
  await rig.liveRoom(id, { streamKeys: [made], ...change });
  return key;
}

let encoders = 0;

/** An encoder with its token and an address of its own, on one gateway. */
function encoder(token: string, at = rig.url) {
  const address = `10.0.0.${++encoders}`;
  const send = (
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ) =>
    fetch(`${at}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "x-forwarded-for": address, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const offer = (room: string, sdp = ENCODER_OFFER) =>
    send("POST", `/whip/${room}`, sdp, { "content-type": "application/sdp" });
  return {
    send,
    offer,
    /** Speaks in a room; gives the session's address and tag. */
    speak: async (room: string) => {
      const response = await offer(room);
      const sdp = await response.text();
      equal(response.status, 201, sdp);
      const { headers } = response;
      return {
        sdp,
        headers,
        path: headers.get("location") ?? "",
        tag: headers.get("etag") ?? "",
      };
    },
    trickle: async (session: { path: string; tag: string }, fragment = FRAGMENT) =>
      await statusOf(send("PATCH", session.path, fragment, {
        "content-type": "application/trickle-ice-sdpfrag",
        "if-match": session.tag,
      })),
    end: async (session: { path: string }) => await statusOf(send("DELETE", session.path)),
  };
}

async function statusOf(asked: Promise<Response>): Promise<number> {
  const response = await asked;
  await response.body?.cancel();
  return response.status;
}

/** The status and code of a refusal. */
async function refusalOf(asked: Promise<Response>): Promise<[number, string]> {
  const response = await asked;
  equal(response.headers.get("content-type"), "application/problem+json");
  return [response.status, (await response.json()).code];
}

Deno.test("POST /whip seats an encoder among the people in the room, DELETE ends it", async () => {
  const key = await roomWithKey("studio");
  const host = await rig.page("host");
  await host.call("join", { roomId: "studio", sdp: OFFER });
  const session = await encoder(key).speak("studio");
  equal(session.headers.get("content-type"), "application/sdp");
  match(session.path, /^\/whip\/studio\/key-[a-z0-9]{8}\.whip-[a-z0-9]{6}$/);
  match(session.tag, /^"\w+"$/);
  match(session.sdp, /^m=audio [1-9].*$[^]*^a=recvonly\r$[^]*^a=candidate:/m);
  match(session.sdp, /^m=video 0 /m, "video is refused in the answer");
  const { participant } = await host.notice(
    "joined",
    ({ participant: { name } }) => name === "Encoder",
  );
  equal(participant.role, "speaker");
  equal((await host.call("participants", {})).participants.length, 2);

  equal(await encoder(key).end(session), 200);
  await host.notice("left", ({ seat }) => seat === participant.id);
  equal((await host.call("participants", {})).participants.length, 1);
  deepEqual(await refusalOf(encoder(key).send("DELETE", session.path)), [404, "not_found"]);
  await host.close();
});

Deno.test("POST /whip takes who may speak only, and says who else may not", async () => {
  const key = await roomWithKey("gate");
  await roomWithKey("next-door");
  const post = (token: string, room = "gate") => refusalOf(encoder(token).offer(room));
  const bare = await fetch(`${rig.url}/whip/gate`, { method: "POST", body: ENCODER_OFFER });
  equal(bare.headers.get("www-authenticate"), "Bearer");
  deepEqual(await refusalOf(Promise.resolve(bare)), [401, "unauthorized"]);
  deepEqual(await post(newStreamKey().key), [401, "unauthorized"]);
  deepEqual(await post(key.slice(0, -1) + (key.endsWith("a") ? "b" : "a")), [401, "unauthorized"]);
  deepEqual(await post(key, "next-door"), [401, "unauthorized"]);
  deepEqual(await post("a.b.c"), [401, "unauthorized"]);
  const expired = await rig.token("guest", "user", Math.floor(Date.now() / 1000) - 60);
  deepEqual(await post(expired), [401, "token_expired"]);
  deepEqual(await post(key, "no-such-room"), [404, "room_not_found"]);

  const locked = await roomWithKey("locked", { pinHash: await hashSecret("open-1") });
  deepEqual(await post(await rig.token("guest"), "locked"), [403, "pin_required"]);
  const owner = encoder(await rig.token("host"));
  const byKey = await encoder(locked).speak("locked");
  const byOwner = await owner.speak("locked");
  deepEqual(await refusalOf(encoder(locked).send("DELETE", byOwner.path)), [403, "forbidden"]);
  equal(await owner.end(byKey), 200, "the host may end anybody's");
  equal(await owner.end(byOwner), 200);
});

Deno.test("POST /whip refuses what cannot be an encoder's offer, and serves the next one", async () => {
  const key = await roomWithKey("fussy");
  const { send, speak, end } = encoder(key);
  const refused = (sdp: string) => refusalOf(encoder(key).offer("fussy", sdp));
  deepEqual(await refused("hello"), [400, "invalid_params"]);
  deepEqual(await refused(ENCODER_OFFER.replace("a=mid:0", "a=mid:\0")), [400, "invalid_params"]);
  for (
    const sdp of [
      ENCODER_OFFER.replace("m=audio", "m=video"),
      ENCODER_OFFER.replace("a=sendonly", "a=recvonly"),
      ENCODER_OFFER.replace("opus/48000/2", "L16/48000/2"),
      ENCODER_OFFER.replaceAll(/a=fingerprint.*\r\n/g, ""),
      ENCODER_OFFER.replaceAll(/sha-256 .*\r\n/g, "sha-256 nonsense\r\n"),
    ]
  ) deepEqual(await refused(sdp), [422, "unprocessable"]);
  deepEqual(await refused(`${ENCODER_OFFER}${"a=x\r\n".repeat(20_000)}`), [
    413,
    "payload_too_large",
  ]);
  const json = { "content-type": "application/json" };
  deepEqual(await refusalOf(send("POST", "/whip/fussy", "{}", json)), [
    415,
    "unsupported_media_type",
  ]);
  const get = await send("GET", "/whip/fussy");
  equal(get.headers.get("allow"), "POST, OPTIONS");
  deepEqual(await refusalOf(Promise.resolve(get)), [405, "method_not_allowed"]);

  await rig.stopRoom("fussy");
  await until("the stop to be known", async () => {
    const [status, code] = await refusalOf(encoder(key).offer("fussy"));
    return status === 409 && code === "room_not_on_air";
  });
  await rig.goLive("fussy", { epoch: 2, liveId: "livelive2" });
  equal(await end(await speak("fussy")), 200);
});

Deno.test("PATCH and DELETE reach a session through any gateway, side by side too", async () => {
  const key = await roomWithKey("roaming");
  const third = await rig.startOne();
  const host = await rig.page("host", third);
  await host.call("join", { roomId: "roaming", sdp: OFFER });
  const [here, there] = [encoder(key), encoder(key, other)];
  const session = await here.speak("roaming");
  const type = { "content-type": "application/trickle-ice-sdpfrag" };
  const patch = (headers: Record<string, string>, body = FRAGMENT) =>
    refusalOf(there.send("PATCH", session.path, body, { ...type, ...headers }));
  deepEqual(await patch({}), [428, "precondition_required"]);
  deepEqual(await patch({ "if-match": '"older"' }), [412, "precondition_failed"]);
  deepEqual(await patch({ "if-match": "*" }), [422, "unprocessable"]);
  const tag = { "if-match": session.tag };
  deepEqual(await patch(tag, "a=candidate:nonsense"), [400, "invalid_params"]);
  deepEqual(await patch({ ...tag, "content-type": "text/plain" }), [415, "unsupported_media_type"]);

  equal(await here.trickle(session), 204);
  equal(await there.trickle(session), 204, "another gateway takes the seat over");
  const everywhere = [here, there, encoder(key, third)];
  const statuses = await Promise.all(
    [...everywhere, ...everywhere].map((one) => one.trickle(session)),
  );
  deepEqual(statuses, Array(6).fill(204));
  equal((await host.call("participants", {})).participants.length, 2);
  equal(await there.end(session), 200);
  await host.notice("left", ({ seat }) => session.path.endsWith(seat));
  equal(await here.trickle(session), 404);
  await host.close();
});

Deno.test("an encoder that comes back takes the place it had, and none of its owner's page", async () => {
  const key = await roomWithKey("again");
  const host = await rig.page("host");
  const { seat } = await host.call("join", { roomId: "again", sdp: OFFER });
  const first = await encoder(key).speak("again");
  const second = await encoder(key, other).speak("again");
  notEqual(first.path, second.path);
  await host.notice("left", (params) => first.path.endsWith(params.seat));
  const owned = await encoder(await rig.token("host")).speak("again");
  const seats = (await host.call("participants", {})).participants.map(({ id }) => id).sort();
  const seatOf = ({ path }: { path: string }) => path.split("/").at(-1) ?? "";
  deepEqual(seats, [seat, seatOf(second), seatOf(owned)].sort());
  equal(await encoder(key).end(first), 404);
  await host.call("leave", {});
  await host.call("join", { roomId: "again", sdp: OFFER });
  equal((await host.call("participants", {})).participants.length, 3);
  await host.close();
});

Deno.test("an encoder is put out when its key is revoked, and when its room stops or is moved", async () => {
  const key = await roomWithKey("brief");
  const host = await rig.page("host");
  await host.call("join", { roomId: "brief", sdp: OFFER });
  const session = await encoder(key).speak("brief");
  const owner = encoder(await rig.token("host"));
  const owned = await owner.speak("brief");
  const { meta, revisions } = await rig.rooms.read("brief");
  ok(meta);
  await rig.rooms.write("brief", { meta: revisions.meta }, { meta: { ...meta, streamKeys: [] } });
  await host.notice("left", ({ seat }) => session.path.endsWith(seat));
  deepEqual(await refusalOf(encoder(key).offer("brief")), [401, "unauthorized"]);

  await rig.goLive("brief", { epoch: 2, liveId: "livelive2" });
  await until("the session to be over", async () => await owner.end(owned) === 404);
  const next = await owner.speak("brief");
  await rig.stopRoom("brief");
  await until("the session to be over", async () => await owner.end(next) === 404);
  await host.close();
});

Deno.test("an encoder stays in its room when its gateway goes", async () => {
  const key = await roomWithKey("kept");
  const host = await rig.page("host");
  await host.call("join", { roomId: "kept", sdp: OFFER });
  const leaving = await rig.startOne();
  const session = await encoder(key, leaving).speak("kept");
  const redis = rig.connectRedis();
  await redisReady(redis);
  const gateway = () => redis.client.hget(`seat:${session.path.split("/").at(-1)}`, "gateway");
  const had = await gateway();
  await rig.stopGateway(leaving);
  await until(
    "another gateway to have the seat",
    async () => ![had, null].includes(await gateway()),
  );
  equal((await host.call("participants", {})).participants.length, 2);
  equal(host.told("left"), 0);
  equal(await encoder(key).end(session), 200);
  await Promise.all([host.close(), redis.stop()]);
});

Deno.test("a gateway keeps its encoders while those of another take long to be taken over", async () => {
  const redis = connectRedis(`${rig.redis().url}/1`, silentLog());
  await redisReady(redis);
  const slow = Promise.withResolvers<boolean>();
  const asked: string[] = [];
  const rescue = (seat: string) => {
    asked.push(seat);
    return slow.promise;
  };
  const sessions = { seats: () => ["own"], rescue };
  const orphans = new Orphans({ redis, sessions, periodMs: 20, log: silentLog() });
  for (const seat of ["first", "second"]) orphans.note(seat);
  orphans.start();
  await until("both to be asked for side by side", () => asked.length === 2);
  const heardAt = async () => Number(await redis.client.zscore("whip:held", "own"));
  const before = await heardAt();
  await until("its own to be held on to", async () => await heardAt() > before);
  slow.resolve(true);
  await orphans.stop();
  deepEqual(asked, ["first", "second"]);
  await redis.stop();
});

Deno.test("an encoder that never connects is put out, and one that fell silent before its gateway went", async () => {
  const key = await roomWithKey("mute");
  const host = await rig.page("host");
  await host.call("join", { roomId: "mute", sdp: OFFER });
  const hasty = await rig.startOne({ ROOMCAST_WHIP_CONNECT_S: "1" });
  const strict = await rig.startOne({
    ROOMCAST_WHIP_CONNECT_S: "600",
    ROOMCAST_WHIP_SILENCE_S: "1",
  });
  const session = await encoder(key, hasty).speak("mute");
  const owner = await rig.token("host");
  const silent = await encoder(owner).speak("mute");
  const redis = rig.connectRedis();
  await redisReady(redis);
  const at = `seat:${silent.path.split("/").at(-1)}`;
  const record = SeatRecord.parse(JSON.parse(await redis.client.hget(at, "record") ?? ""));
  // What a gateway leaves that is not there any more.
  const left = JSON.stringify({ ...record, receiving: false });
  await redis.client.hset(at, { fence: 2, gateway: "gone", record: left });
  const nothing = FRAGMENT.replaceAll(/^a=(candidate|end).*\r\n/gm, "");
  equal(await encoder(owner, strict).trickle(silent, nothing), 204);
  await until("both to have left", () => host.told("left") === 2);
  equal(await encoder(key).end(session), 404);
  equal(await encoder(owner).end(silent), 404);
  await Promise.all([host.close(), redis.stop()]);
});

Deno.test("POST /whip counts tries by address, whatever they came to", async () => {
  const { offer } = encoder(newStreamKey().key);
  const tries = await Promise.all(Array.from({ length: 16 }, () => refusalOf(offer("any"))));
  deepEqual(tries.map(([status]) => status), [...Array(15).fill(404), 429]);
});

Deno.test("POST /whip tells of STUN and TURN servers, with credentials of its own", async () => {
  const key = await roomWithKey("relayed");
  const { headers, ...session } = await encoder(key, other).speak("relayed");
  const links = headers.get("link") ?? "";
  match(links, /<stun:stun\.example:3478>; rel="ice-server"(,|$)/);
  match(
    links,
    /<turns:turn\.example:5349>; rel="ice-server"; username="\d+:key-\w+"; credential="[\w+/=]+"; credential-type="password"/,
  );
  equal(await encoder(key, other).end(session), 200);
  const page = await rig.page("host", other);
  const { iceServers } = await page.call("join", { roomId: "relayed", sdp: OFFER });
  deepEqual(iceServers.map(({ urls }) => urls.length), [1, 2]);
  ok(Number(iceServers[1]?.username?.split(":")[0]) > Date.now() / 1000);
  await page.close();
});

Deno.test("OPTIONS /whip lets pages of our origins in, and no others", async () => {
  const preflight = async (origin: string, path: string) => {
    const response = await fetch(`${rig.url}${path}`, { method: "OPTIONS", headers: { origin } });
    equal(response.status, 204);
    return response.headers;
  };
  const ours = await preflight(ORIGIN, "/whip/any");
  equal(ours.get("access-control-allow-origin"), ORIGIN);
  match(ours.get("access-control-expose-headers") ?? "", /Location.*ETag.*Link/);
  equal(ours.get("accept-post"), "application/sdp");
  const session = await preflight(ORIGIN, "/whip/any/session");
  match(session.get("access-control-allow-methods") ?? "", /PATCH, DELETE/);
  equal(
    (await preflight("https://foreign.example", "/whip/any"))
      .get("access-control-allow-origin"),
    null,
  );
});
