import assert from "node:assert/strict";
import fc from "fast-check";
import { listenerDelayMs, liveEdge } from "../../web/src/client/live_edge.ts";
import { LivePace } from "../../web/src/client/live_pace.ts";

const PLAYLIST = `#EXTM3U
#EXT-X-TARGETDURATION:1
#EXT-X-VERSION:9
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.64,HOLD-BACK=3.2
#EXT-X-PART-INF:PART-TARGET=0.213334
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.5,URI="a.0.m4s"
#EXT-X-PART:DURATION=0.5,URI="a.1.m4s"
#EXTINF:1.000,
a.m4s
#EXTINF:1.000,
b.m4s
#EXT-X-PART:DURATION=0.25,URI="c.0.m4s",INDEPENDENT=YES
#EXT-X-PART:INDEPENDENT=YES,DURATION=0.25,URI="c.1.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="c.2.m4s"
`;
const ZERO = Date.parse("2026-01-01T00:00:00.000Z");

Deno.test("liveEdge() is the end of the last part when parts run past the last segment", () => {
  assert.deepEqual(liveEdge(PLAYLIST), { endsAt: ZERO + 2500, holdBackMs: 640, ended: false });
});

Deno.test("liveEdge() holds three target durations back when the playlist names no hold-back", () => {
  const classic = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXTINF:2.0,
a.ts
#EXT-X-ENDLIST
`;
  assert.deepEqual(liveEdge(classic), { endsAt: ZERO + 2000, holdBackMs: 6000, ended: true });
});

Deno.test("liveEdge() is null when there is no date, or no playlist at all", () => {
  assert.equal(liveEdge("#EXTM3U\n#EXTINF:1,\na.ts\n"), null);
  assert.equal(liveEdge("<html>"), null);
  fc.assert(fc.property(fc.string(), (text) => {
    liveEdge(text);
    liveEdge(`#EXTM3U\n${text}`);
  }));
});

Deno.test("listenerDelayMs() is the edge's age and the hold-back", () => {
  const edge = { endsAt: 10_000, holdBackMs: 640, ended: false };
  assert.equal(listenerDelayMs(edge, 10_150), 790);
  assert.equal(listenerDelayMs(edge, 9_000), 640);
});

/** Plays for a while and gives the latency it ends at. */
function played(pace: LivePace, latency: number, seconds: number): number {
  for (let at = 0; at < seconds * 1000; at += 200) {
    latency -= (pace.rate({ latency, target: 0.64, buffered: latency - 0.1 }, at) - 1) * 0.2;
  }
  return latency;
}

Deno.test("LivePace brings a player who joined too far behind to its target and keeps it there", () => {
  for (const start of [0.7, 0.9, 1.6, 2.3]) {
    const end = played(new LivePace(), start, 60);
    assert.ok(Math.abs(end - 0.64) <= 0.061, `from ${start} to ${end}`);
  }
});

Deno.test("LivePace never slows down, and never exceeds its fastest rate", () => {
  const pace = new LivePace({ maxRate: 1.06 });
  const seconds = fc.double({ min: 0, max: 30, noNaN: true });
  fc.assert(fc.property(seconds, seconds, seconds, (latency, target, buffered) => {
    const rate = pace.rate({ latency, target, buffered }, 0);
    assert.ok(rate >= 1 && rate <= 1.06);
  }));
});

Deno.test("LivePace plays at normal speed while the next part is not loaded", () => {
  assert.equal(new LivePace().rate({ latency: 3, target: 0.64, buffered: 0.1 }, 0), 1);
});

Deno.test("LivePace keeps off the edge after stalls, and comes back when it is calm", () => {
  const pace = new LivePace({ stallStep: 0.2, stallMax: 0.5, calmMs: 1000 });
  const behind = { latency: 0.9, target: 0.64, buffered: 1 };
  assert.ok(pace.rate(behind, 0) > 1);
  for (let stalls = 0; stalls < 5; stalls++) pace.stalled(0);
  assert.equal(pace.slack, 0.5);
  assert.equal(pace.rate(behind, 10), 1);
  for (let at = 1000; at <= 5000; at += 1000) pace.rate(behind, at);
  assert.equal(pace.slack, 0);
  assert.ok(pace.rate(behind, 6000) > 1);
});
