import assert from "node:assert/strict";
import fc from "fast-check";
import { PartFrames } from "../../src/contracts/room.ts";
import { multivariantPlaylist } from "../../src/hls/playlist.ts";
import { checkPlaylist } from "../support/hls/check_playlist.ts";
import { checkSuccession } from "../support/hls/check_succession.ts";
import { edgeOf, type MediaPlaylist } from "../support/hls/media_playlist.ts";
import { mergeDelta } from "../support/hls/merge_delta.ts";
import { parseMediaPlaylist } from "../support/hls/parse_media_playlist.ts";
import { MSN, SimulatedRoom, ZERO } from "./hls_simulated_room.ts";

const partFrames = fc.constantFrom(...PartFrames.options.map(({ value }) => value));
/** A time for which the source is there or away, in frames. */
const stretch = fc.tuple(fc.integer({ min: 1, max: 400 }), fc.boolean());

/** Follows a room as players do: whole playlists and delta updates, each checked with the one before. */
class Follower {
  #last: MediaPlaylist | null = null;

  async look(room: SimulatedRoom): Promise<MediaPlaylist> {
    const whole = parseMediaPlaylist(await room.playlist());
    assert.deepEqual(checkPlaylist(whole), []);
    if (this.#last !== null) {
      assert.deepEqual(checkSuccession(this.#last, whole), []);
      const delta = parseMediaPlaylist(await room.playlist(true));
      assert.deepEqual(checkPlaylist(delta), []);
      assert.deepEqual(mergeDelta(this.#last, delta), whole);
    }
    this.#last = whole;
    return whole;
  }
}

Deno.test("mediaPlaylist() breaks no rule at any time of any broadcast", async () => {
  await fc.assert(
    fc.asyncProperty(
      partFrames,
      fc.integer({ min: 1, max: 3 }),
      fc.oneof(fc.constant(0), fc.nat(5000)),
      fc.array(stretch, { minLength: 1, maxLength: 5 }),
      async (frames, live, startFrames, stretches) => {
        using room = new SimulatedRoom(frames, { live, startFrames });
        const follower = new Follower();
        await follower.look(room);
        for (const [length, sound] of stretches) {
          for (let left = length; left > 0; left -= 5) {
            room.pass(Math.min(left, 5), sound);
            await follower.look(room);
          }
        }
        room.stream.end();
        const last = await follower.look(room);
        assert.equal(last.ended, true);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("mediaPlaylist() leaves out what a player has when the broadcast is long enough", async () => {
  using room = new SimulatedRoom(10);
  room.pass(25 * 50, true);
  const whole = parseMediaPlaylist(await room.playlist());
  const delta = parseMediaPlaylist(await room.playlist(true));
  assert.ok(delta.skipped >= 5);
  assert.equal(delta.segments.length + delta.skipped, whole.segments.length);
});

Deno.test("a room is playable at its zero: three segments of silence lie before it", async () => {
  using room = new SimulatedRoom(10);
  const playlist = parseMediaPlaylist(await room.playlist());
  assert.equal(playlist.mediaSequence, MSN - 3);
  assert.equal(playlist.segments[0]?.dateTime, ZERO - 3200);
  assert.deepEqual(edgeOf(playlist), { msn: MSN - 1, part: 4 });
  assert.equal(playlist.preloadHint, `live0001/${MSN - 1}.4.m4s`);
});

Deno.test("a room's second broadcast begins with a discontinuity, which counts when it has gone", async () => {
  using room = new SimulatedRoom(10, { live: 2 });
  const first = parseMediaPlaylist(await room.playlist());
  assert.deepEqual([first.discontinuitySequence, first.segments[0]?.discontinuity], [0, true]);
  room.pass(20 * 50, true);
  const later = parseMediaPlaylist(await room.playlist());
  assert.equal(later.discontinuitySequence, 1);
  assert.ok(later.segments.every(({ discontinuity }) => !discontinuity));
});

Deno.test("a mixer that takes a broadcast over numbers and dates it as the first one did", async () => {
  using first = new SimulatedRoom(10);
  first.pass(1234, true);
  using second = new SimulatedRoom(10, { startFrames: 1234 });
  const before = parseMediaPlaylist(await first.playlist());
  const after = parseMediaPlaylist(await second.playlist());
  assert.deepEqual(checkPlaylist(after), []);
  second.pass(10, true);
  const next = parseMediaPlaylist(await second.playlist());
  assert.deepEqual(checkSuccession(before, next), []);
});

Deno.test("multivariantPlaylist() names the live playlist with its codec and bandwidth", () => {
  const lines = multivariantPlaylist(64_000).split("\n");
  assert.equal(lines[0], "#EXTM3U");
  assert.deepEqual(lines.slice(-3, -1).map((line) => line.split(",")[0]), [
    "#EXT-X-STREAM-INF:BANDWIDTH=80000",
    "live.m3u8",
  ]);
  assert.match(lines.at(-3) ?? "", /CODECS="mp4a\.40\.2"$/);
});
