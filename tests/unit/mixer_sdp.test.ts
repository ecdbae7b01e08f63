import assert from "node:assert/strict";
import fc from "fast-check";
import { rtpSource } from "../../src/media/mixer/rtp_source.ts";
import { newSrtpKey } from "../../src/media/mixer/srtp_key.ts";
import { isIpv4, sessionDescription } from "../../src/media/mixer/sdp.ts";

const evenPort = fc.integer({ min: 1, max: 32_767 }).map((half) => 2 * half);

Deno.test("sessionDescription() describes Opus at an address, from one source", () => {
  const lines = sessionDescription({ host: "10.0.0.2", port: 30_004, from: "10.0.0.9" });
  assert.deepEqual(lines.split("\r\n"), [
    "v=0",
    "o=- 0 0 IN IP4 10.0.0.2",
    "s=roomcast",
    "c=IN IP4 10.0.0.2",
    "t=0 0",
    "m=audio 30004 RTP/AVP 111",
    "a=rtpmap:111 opus/48000/2",
    "a=source-filter: incl IN IP4 10.0.0.2 10.0.0.9",
    "a=recvonly",
    "",
  ]);
});

Deno.test("sessionDescription() tells FFmpeg the key when the sound is encrypted", () => {
  const srtp = newSrtpKey();
  const text = sessionDescription({ host: "10.0.0.2", port: 30_004, from: null, srtp });
  assert.match(text, /\r\nm=audio 30004 RTP\/SAVP 111\r\n/);
  assert.ok(text.includes(`\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${srtp}\r\n`));
  const hostile = { host: "10.0.0.2", port: 30_004, from: null, srtp: `${srtp.slice(0, -2)}\r\n` };
  assert.throws(() => sessionDescription(hostile));
});

Deno.test("newSrtpKey() gives 30 bytes, others each time", () => {
  const keys = Array.from({ length: 50 }, newSrtpKey);
  assert.equal(new Set(keys).size, 50);
  for (const key of keys) assert.equal(Uint8Array.fromBase64(key).length, 30);
});

Deno.test("sessionDescription() has no filter when the source is not known", () => {
  const text = sessionDescription({ host: "127.0.0.1", port: 2, from: null });
  assert.doesNotMatch(text, /source-filter/);
});

Deno.test("sessionDescription() never says another line, whatever the addresses hold", () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.ipV4(),
    fc.tuple(fc.ipV4(), fc.constantFrom("\r\na=x", "\n", " ", "\0", "/24"), fc.string())
      .map((parts) => parts.join("")),
  );
  fc.assert(fc.property(hostile, hostile, evenPort, (host, from, port) => {
    let text: string;
    try {
      text = sessionDescription({ host, port, from });
    } catch (err) {
      assert.ok(err instanceof RangeError);
      assert.ok(!isIpv4(host) || !isIpv4(from));
      return;
    }
    assert.equal(text.split(/\r\n|\r|\n/).length, 10);
    assert.match(text, /^[\x20-\x7e\r\n]*$/);
  }));
});

Deno.test("sessionDescription() refuses ports that are odd, none or out of range", () => {
  for (const port of [0, -2, 1, 30_001, 65_536, 1.5, NaN, Infinity]) {
    assert.throws(() => sessionDescription({ host: "127.0.0.1", port, from: null }), RangeError);
  }
});

Deno.test("isIpv4() knows addresses from what only looks like one", () => {
  for (const good of ["0.0.0.0", "127.0.0.1", "255.255.255.255"]) assert.ok(isIpv4(good), good);
  for (const bad of ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::1", "localhost", "1.2.3.4\n", "1"]) {
    assert.ok(!isIpv4(bad), bad);
  }
});

Deno.test("rtpSource() is the Janus's address when the mixer can see it as the sender's", () => {
  assert.equal(rtpSource("10.0.0.2", "ws://10.0.0.9:8188/"), "10.0.0.9");
  assert.equal(rtpSource("127.0.0.1", "ws://127.0.0.1:8188/"), "127.0.0.1");
  assert.equal(rtpSource("10.0.0.2", "ws://127.0.0.1:8188/"), null, "a loopback says nothing");
  assert.equal(rtpSource("127.0.0.1", "ws://10.0.0.9:8188/"), null);
  assert.equal(rtpSource("10.0.0.2", "ws://janus.example:8188/"), null);
  assert.equal(rtpSource("10.0.0.2", "ws://[::1]:8188/"), null);
  assert.equal(rtpSource("10.0.0.2", null), null);
});
