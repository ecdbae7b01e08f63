import { deepEqual, equal, notEqual, throws } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readConfig } from "../../src/platform/config.ts";
import {
  hashStreamKey,
  isStreamKey,
  newStreamKey,
  streamKeyId,
} from "../../src/platform/stream_key.ts";
import { iceServers } from "../../src/platform/turn.ts";

const SETTINGS = {
  ROOMCAST_STUN_URLS: "stun:turn.example:3478",
  ROOMCAST_TURN_URLS: "turn:turn.example:3478?transport=udp, turns:turn.example:5349",
  ROOMCAST_TURN_SECRET: "north",
  ROOMCAST_TURN_TTL_S: "600",
};

Deno.test("iceServers() makes credentials that run out, as TURN servers with the secret check them", () => {
  const servers = iceServers(readConfig(SETTINGS), "ann", 1_700_000_000_999);
  const username = "1700000600:ann";
  deepEqual(servers, [
    { urls: ["stun:turn.example:3478"] },
    {
      urls: ["turn:turn.example:3478?transport=udp", "turns:turn.example:5349"],
      username,
      credential: createHmac("sha1", "north").update(username).digest("base64"),
    },
  ]);
});

Deno.test("iceServers() names none when none are set, for one laptop needs none", () => {
  deepEqual(iceServers(readConfig({}), "ann", 0), []);
});

Deno.test("readConfig() refuses TURN servers without a secret, and addresses that are none", () => {
  throws(() => readConfig({ ROOMCAST_TURN_URLS: "turn:a:1" }), /ROOMCAST_TURN_SECRET is not set/);
  throws(() => readConfig({ ...SETTINGS, ROOMCAST_TURN_URLS: "http://a" }), /ROOMCAST_TURN_URLS/);
  throws(() => readConfig({ ROOMCAST_STUN_URLS: 'stun:a>; rel="x"' }), /ROOMCAST_STUN_URLS/);
});

Deno.test("isStreamKey() knows the key that was hashed, and no other", () => {
  const [one, two] = [newStreamKey(), newStreamKey()];
  notEqual(one.key, two.key);
  equal(streamKeyId(one.key), one.id);
  equal(streamKeyId("a.b.c"), null);
  equal(isStreamKey(one.key, hashStreamKey(one.key)), true);
  equal(isStreamKey(two.key, hashStreamKey(one.key)), false);
  equal(isStreamKey(one.key, ""), false);
});
