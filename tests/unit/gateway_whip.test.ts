import { deepEqual, doesNotMatch, equal, match, throws } from "node:assert/strict";
import { candidatesIn } from "../../src/gateway/whip/fragment.ts";
import { AddressLimits } from "../../src/gateway/whip/address_limits.ts";
import { iceServerLinks, sessionTag } from "../../src/gateway/whip/headers.ts";
import { speakingOffer } from "../../src/gateway/whip/offer.ts";
import { newSeatId, wayOfSeat } from "../../src/gateway/signaling/seat_id.ts";

const OFFER = await Deno.readTextFile(
  new URL("../integration/gateway_offer.sdp", import.meta.url),
);

Deno.test("speakingOffer() turns sendrecv into sendonly, and keeps all else as it is", () => {
  const sdp = speakingOffer(OFFER);
  match(sdp, /\r\na=sendonly\r\n/);
  doesNotMatch(sdp, /sendrecv/);
  equal(sdp, OFFER.replace("a=sendrecv", "a=sendonly"));
  equal(speakingOffer(sdp), sdp);
});

Deno.test("speakingOffer() adds a direction when there is none, for none means sendrecv", () => {
  match(speakingOffer(OFFER.replace("a=sendrecv\r\n", "")), /\r\na=sendonly\r\n$/);
  const session = OFFER.replace("a=sendrecv\r\n", "").replace(
    "t=0 0\r\n",
    "t=0 0\r\na=recvonly\r\n",
  );
  throws(() => speakingOffer(session), { code: "unprocessable" });
});

Deno.test("speakingOffer() takes ICE and DTLS attributes of the session, and bare line feeds", () => {
  const [, ufrag = ""] = /(a=ice-ufrag:.*\r\n)/.exec(OFFER) ?? [];
  const moved = OFFER.replace(ufrag, "").replace("t=0 0\r\n", `t=0 0\r\n${ufrag}`);
  match(speakingOffer(moved.replaceAll("\r\n", "\n")), /^v=0\r\n[^]*\r\n$/);
});

Deno.test("speakingOffer() refuses more media than any encoder has", () => {
  const section = OFFER.slice(OFFER.indexOf("m=audio"));
  throws(() => speakingOffer(OFFER + section.repeat(8)), { code: "unprocessable" });
  throws(() => speakingOffer(`${OFFER}m=audio\r\n`), { code: "invalid_params" });
});

Deno.test("candidatesIn() gives candidates and their end in order, with their mid", () => {
  const line = "candidate:1 1 udp 2130706431 10.0.0.1 50000 typ host generation 0";
  const head = "a=ice-ufrag:x\r\na=ice-pwd:y\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
  deepEqual(candidatesIn(`${head}a=mid:audio0\r\na=${line}\r\na=end-of-candidates\r\n`), [
    { candidate: line, sdpMid: "audio0" },
    null,
  ]);
  deepEqual(candidatesIn(`${head}a=${line}`), [{ candidate: line, sdpMLineIndex: 0 }]);
  deepEqual(candidatesIn(head), []);
});

Deno.test("candidatesIn() refuses what Janus should not be given", () => {
  const line = "a=candidate:1 1 udp 1 10.0.0.1 50000 typ host\r\n";
  for (
    const bad of [
      "",
      "v=0",
      "a=candidate:nonsense",
      `a=candidate:1 1 udp 1 ${"x".repeat(300)} 1 typ host`,
      line.repeat(41),
      `a=mid:${"x".repeat(65)}\r\n${line}`,
    ]
  ) throws(() => candidatesIn(bad), { code: "invalid_params" }, bad.slice(0, 40));
});

Deno.test("iceServerLinks() writes one link for each address, with credentials where there are some", () => {
  deepEqual(
    iceServerLinks([
      { urls: ["stun:s:1"] },
      { urls: ["turn:t:2?transport=udp", "turns:t:3"], username: "9:me", credential: "c==" },
    ]),
    [
      '<stun:s:1>; rel="ice-server"',
      '<turn:t:2?transport=udp>; rel="ice-server"; username="9:me"; credential="c=="; credential-type="password"',
      '<turns:t:3>; rel="ice-server"; username="9:me"; credential="c=="; credential-type="password"',
    ],
  );
});

Deno.test("sessionTag() is the same for a session wherever it is asked, and strong", () => {
  equal(sessionTag("a.whip-1"), sessionTag("a.whip-1"));
  match(sessionTag("a.whip-1"), /^"[0-9a-f]{16}"$/);
  equal(sessionTag("a.whip-1") === sessionTag("a.whip-2"), false);
});

Deno.test("wayOfSeat() tells an encoder's seat from a page's, whatever the user is called", () => {
  equal(wayOfSeat(newSeatId("some-user", "page")), "page");
  equal(wayOfSeat(newSeatId("some-user", "whip")), "whip");
  equal(wayOfSeat(newSeatId("whip-user", "page")), "page");
});

Deno.test("AddressLimits.take() stops an address that asks too much, and no other", () => {
  let now = 0;
  const limits = new AddressLimits(() => now);
  for (let i = 0; i < 15; i++) limits.take("heavy", "10.0.0.1");
  throws(() => limits.take("heavy", "10.0.0.1"), { code: "too_many_requests", retryAfterS: 1 });
  limits.take("heavy", "10.0.0.2");
  limits.take("light", "10.0.0.1");
  now = 1000;
  limits.take("heavy", "10.0.0.1");
  throws(() => limits.take("heavy", "10.0.0.1"), { code: "too_many_requests" });
});
