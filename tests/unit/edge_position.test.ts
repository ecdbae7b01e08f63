import assert from "node:assert/strict";
import fc from "fast-check";
import { readPosition } from "../../src/gateway/edge/position.ts";
import { PartFrames } from "../../src/contracts/room.ts";
import { listSegments } from "../../src/hls/listing.ts";
import { mediaPlaylist } from "../../src/hls/playlist.ts";

const broadcast = fc.record({
  liveId: fc.constant("live0001"),
  live: fc.integer({ min: 1, max: 3 }),
  startedAt: fc.constant(1_700_000_000_000),
  mediaSequence: fc.integer({ min: 3, max: 2e9 }),
  partFrames: fc.constantFrom(...PartFrames.options.map(({ value }) => value)),
});

Deno.test("readPosition() reads from a playlist which part comes next, and how many there were", () => {
  fc.assert(
    fc.property(broadcast, fc.integer({ min: 1, max: 5000 }), fc.boolean(), (live, next, ended) => {
      const segments = listSegments(live, next, ended);
      const text = mediaPlaylist({ live, segments, ended, skip: false });
      assert.deepEqual(readPosition(live, text), { next, ended });
      assert.equal(readPosition({ ...live, liveId: "another1" }, text), null);
    }),
  );
});

Deno.test("readPosition() takes nothing from what is no playlist of ours", () => {
  const start = { liveId: "live0001", live: 1, startedAt: 1, mediaSequence: 9 };
  const live = { ...start, partFrames: 10 } as const;
  const hint = (uri: string) => `#EXTM3U\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${uri}"\n`;
  const wrong = ["", "#EXTM3U", "#EXTM3U\n#EXT-X-ENDLIST\n", "<html>", hint("../live0001/1.0.m4s")];
  for (const text of [...wrong, hint("live0001/1.m4s"), hint("live0001/x.0.m4s"), hint("")]) {
    assert.equal(readPosition(live, text), null, text);
  }
  fc.assert(fc.property(fc.string(), (text) => assert.equal(readPosition(live, text), null)));
});
