import assert from "node:assert/strict";
import { OriginView } from "../../src/gateway/edge/origin_view.ts";
import { RoomClock } from "../../src/gateway/edge/room_clock.ts";
import { listSegments } from "../../src/hls/listing.ts";
import { partPlace } from "../../src/hls/part_place.ts";
import { mediaPlaylist } from "../../src/hls/playlist.ts";
import { firstSample, silentPart } from "../../src/hls/silent_part.ts";
import { until } from "../support/until.ts";
import { readFragments } from "../support/hls/fmp4.ts";

const live = {
  liveId: "numbered1",
  mediaSequence: 1000,
  partFrames: 10,
  startedAt: Date.now(),
  live: 1,
} as const;

Deno.test("OriginView.part() numbers a part by how it was asked for when the origin is found right meanwhile", async () => {
  // By the clock part 100 came just now; the mixer is at 98, as one is whose clock is behind.
  let next = 98;
  const asked = Promise.withResolvers<string>();
  const release = Promise.withResolvers<void>();
  await using server = Deno.serve({ port: 0, onListen: () => {} }, async ({ url }) => {
    const path = new URL(url).pathname;
    if (path.endsWith(".m3u8")) {
      const segments = listSegments(live, next, false);
      return new Response(mediaPlaylist({ live, segments, ended: false, skip: false }));
    }
    asked.resolve(path);
    await release.promise;
    return new Response(silentPart(live, 98));
  });
  const clock = new RoomClock(live);
  clock.learn(100, performance.now(), true);
  const view = new OriginView({
    ...{ roomId: "numbers", live, clock },
    url: `http://127.0.0.1:${server.addr.port}`,
    frontier: () => 101,
  });
  const { signal } = new AbortController();
  assert.equal((await view.position(signal)).next, 101);
  assert.equal(view.shift, 3);
  const getting = view.part(101, signal);
  const { msn, part } = partPlace(live, 98);
  assert.ok((await asked.promise).endsWith(`/${msn}.${part}.m4s`));
  // The mixer's clock is set right, which is found out before it answers.
  next = 101;
  await view.position(signal);
  assert.equal(view.shift, 0);
  release.resolve();
  const got = await getting;
  assert.ok("piece" in got);
  const [fragment] = readFragments(got.piece.body);
  assert.equal(fragment?.decodeTime, Number(firstSample(live.partFrames, 101)));
});

Deno.test("OriginView.position() forgets how wrong a mixer's clock was when nobody listened for long", async () => {
  const clock = new RoomClock(live);
  // In a tenth of a second nobody will have listened by this clock for half a minute.
  const at = performance.now() - 29_900;
  clock.learn(100, at, true);
  const dueNow = () => clock.nextAt(performance.now()) ?? 0;
  // The mixer's clock is ahead by 40 parts, as long as it is said to be wrong.
  let wrong = 40;
  await using server = Deno.serve({ port: 0, onListen: () => {} }, () => {
    const segments = listSegments(live, dueNow() + wrong, false);
    return new Response(mediaPlaylist({ live, segments, ended: false, skip: false }));
  });
  const view = new OriginView({
    ...{ roomId: "numbers", live, clock },
    url: `http://127.0.0.1:${server.addr.port}`,
    frontier: () => 101,
  });
  const { signal } = new AbortController();
  await view.position(signal);
  assert.ok(view.shift < -30, `shifted by ${view.shift}`);
  await until("nobody listens by this clock", () => clock.idle(performance.now()));
  wrong = 0;
  const { next } = await view.position(signal);
  assert.equal(view.shift, 0);
  assert.ok(Math.abs(next - dueNow()) <= 1, `${next} is not about ${dueNow()}`);
});
