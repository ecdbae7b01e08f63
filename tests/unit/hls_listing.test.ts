import assert from "node:assert/strict";
import fc from "fast-check";
import { FRAME_MS } from "../../src/contracts/media_clock.ts";
import { PartFrames } from "../../src/contracts/room.ts";
import { listSegments } from "../../src/hls/listing.ts";
import { LiveStream } from "../../src/hls/live_stream.ts";
import { partNumber, partPlace, partsByWall } from "../../src/hls/part_place.ts";
import { mediaPlaylist } from "../../src/hls/playlist.ts";
import { SILENCE } from "../../src/hls/silence.ts";
import { silentPart } from "../../src/hls/silent_part.ts";
import { checkPlaylist } from "../support/hls/check_playlist.ts";
import { checkSuccession } from "../support/hls/check_succession.ts";
import { mergeDelta } from "../support/hls/merge_delta.ts";
import { parseMediaPlaylist } from "../support/hls/parse_media_playlist.ts";
import { MSN, SimulatedRoom, ZERO } from "./hls_simulated_room.ts";

const partFrames = fc.constantFrom(...PartFrames.options.map(({ value }) => value));

Deno.test("partPlace() and partNumber() undo each other", () => {
  fc.assert(fc.property(partFrames, fc.nat(2e9), fc.nat(1e7), (partFrames, mediaSequence, n) => {
    const live = { mediaSequence: mediaSequence + 3, partFrames };
    const place = partPlace(live, n);
    assert.ok(place.part >= 0 && place.part < 50 / partFrames);
    assert.equal(partNumber(live, place), n);
    assert.equal(partNumber(live, { ...place, part: 0 }) % (50 / partFrames), 0);
  }));
  assert.equal(partNumber({ mediaSequence: MSN, partFrames: 10 }, { msn: MSN, part: 0 }), 15);
});

Deno.test("listSegments() gives the playlist that a mixer writes at that moment, and at the end", async () => {
  const frames = fc.integer({ min: 2, max: 1200 });
  await fc.assert(
    fc.asyncProperty(partFrames, frames, fc.boolean(), async (partFrames, frames, skip) => {
      using room = new SimulatedRoom(partFrames, { live: 2 });
      room.pass(frames, false);
      const at = ZERO + (frames + 0.5) * FRAME_MS;
      const next = Math.floor(partsByWall(room.live, at));
      const write = (next: number, ended: boolean) =>
        mediaPlaylist({
          live: room.live,
          segments: listSegments(room.live, next, ended),
          ended,
          skip,
        });
      assert.equal(write(next, false), await room.playlist(skip));
      room.stream.end();
      const last = (frames + 150 - 2) % partFrames === 0 ? next : next + 1;
      assert.equal(write(last, true), await room.playlist(skip));
    }),
    { numRuns: 60 },
  );
});

Deno.test("listSegments() lets playlists break no rule while the next part only moves on, by whatever leaps", () => {
  const leaps = fc.array(fc.tuple(fc.nat(25), fc.boolean()), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(partFrames, leaps, fc.integer({ min: 1, max: 3 }), (partFrames, leaps, n) => {
      const live = { liveId: "live0001", live: n, startedAt: ZERO, mediaSequence: MSN, partFrames };
      const at = (next: number, ended: boolean, skip: boolean) => {
        const segments = listSegments(live, next, ended);
        const playlist = parseMediaPlaylist(mediaPlaylist({ live, segments, ended, skip }));
        assert.deepEqual(checkPlaylist(playlist), []);
        return playlist;
      };
      let next = 3 * 50 / partFrames;
      let before = at(next, false, false);
      for (const [leap, skip] of leaps) {
        next += leap;
        const after = mergeDelta(before, at(next, false, skip && leap < 5));
        assert.deepEqual(checkSuccession(before, after), []);
        before = after;
      }
      assert.deepEqual(checkSuccession(before, at(next + 1, true, false)), []);
    }),
  );
});

Deno.test("silentPart() is the part that a mixer makes when it hears nothing", async () => {
  for (const { value: partFrames } of PartFrames.options) {
    const live = { liveId: "live0001", live: 1, startedAt: ZERO, mediaSequence: MSN, partFrames };
    const now = ZERO + 10_000;
    const stream = new LiveStream({ live, silence: SILENCE, now: () => now });
    const next = Math.floor(partsByWall(live, now));
    for (let number = partNumber(live, { msn: MSN + 7, part: 0 }); number < next; number++) {
      const { msn, part } = partPlace(live, number);
      assert.deepEqual((await stream.part(msn, part))?.bytes, silentPart(live, number));
    }
    stream.stop();
  }
});

Deno.test("partsByWall() takes a time before the zero for the zero", () => {
  const live = { startedAt: ZERO, partFrames: 10 } as const;
  assert.equal(partsByWall(live, ZERO - 8000), partsByWall(live, ZERO));
});
