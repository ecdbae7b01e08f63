import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type HlsResource,
  initUri,
  parseDirectives,
  parseHlsPath,
  partUri,
  segmentUri,
} from "../../src/contracts/hls.ts";

const roomId = fc.stringMatching(/^[a-z0-9][a-z0-9-]{2,63}$/);
const liveId = fc.stringMatching(/^[a-z0-9]{8,32}$/);
const msn = fc.nat(2_000_000_000);

function resourceOf(path: string): HlsResource | null {
  return parseHlsPath(path)?.resource ?? null;
}

Deno.test("parseHlsPath() reads back every URI that playlists hold", () => {
  fc.assert(fc.property(roomId, liveId, msn, fc.nat(9), (room, live, msn, part) => {
    const at = (uri: string) => parseHlsPath(`/hls/${room}/${uri}`);
    assert.deepEqual(at(initUri(live)), {
      roomId: room,
      resource: { kind: "init", liveId: live },
      ticket: null,
      bare: `/hls/${room}/${initUri(live)}`,
    });
    // A URI relative to a playlist under a signed link has the link's proof by itself.
    const base = `http://edge/hls/${room}/~1.key1.sig/live.m3u8`;
    assert.deepEqual(parseHlsPath(new URL(partUri(live, msn, part), base).pathname), {
      ...at(partUri(live, msn, part)),
      ticket: "~1.key1.sig",
    });
    assert.deepEqual(at(partUri(live, msn, part))?.resource, {
      ...{ kind: "part", liveId: live, msn, part },
    });
    assert.deepEqual(at(segmentUri(live, msn))?.resource, { kind: "segment", liveId: live, msn });
  }));
  assert.deepEqual(resourceOf("/hls/room/index.m3u8"), { kind: "multivariant" });
  assert.deepEqual(resourceOf("/hls/room/live.m3u8"), { kind: "live" });
  assert.deepEqual(resourceOf("/hls/room/ts/index.m3u8"), { kind: "classicPlaylist" });
  assert.deepEqual(resourceOf("/hls/room/ts/live0001-7.ts"), {
    kind: "classicSegment",
    file: "live0001-7.ts",
  });
});

Deno.test("parseHlsPath() names nothing outside the grammar, whatever the path", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("", ".", "..", "%2e%2e", "ts", "hls", "room", "live.m3u8", "live0001"),
    fc.constantFrom("1.m4s", "1.2.m4s", "1.2.3.m4s", "init.mp4", "index.m3u8", "\0", "a\nb"),
  );
  const path = fc.array(piece, { maxLength: 7 }).map((pieces) => `/${pieces.join("/")}`);
  fc.assert(
    fc.property(path, (hostile) => {
      const parsed = parseHlsPath(hostile);
      if (parsed === null) return;
      assert.match(parsed.roomId, /^[a-z0-9][a-z0-9-]{2,63}$/);
      const { resource } = parsed;
      if ("liveId" in resource) assert.match(resource.liveId, /^[a-z0-9]{8,32}$/);
      if ("msn" in resource) assert.ok(Number.isSafeInteger(resource.msn));
      if ("file" in resource) assert.match(resource.file, /^[a-z0-9]+-\d+\.ts$/);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("parseHlsPath() refuses near misses", () => {
  const wrong = [
    ...["/hls", "/hls/", "/hls/room", "/hls/room/", "/hls//live.m3u8", "//hls/room/live.m3u8"],
    ...["/hls/ROOM/live.m3u8", "/hls/ro/live.m3u8", "/hls/-room/live.m3u8", "/hls/room/live"],
    ...["/hls/room/live.m3u8/", "/hls/room/live0001/1.m4s/x", "/hls/room/live0001/.m4s"],
    ...["/hls/room/live0001/-1.m4s", "/hls/room/live0001/1.100.m4s", "/hls/room/short/1.m4s"],
    ...["/hls/room/live0001/1234567890123456.m4s", "/hls/room/ts/../live0001-1.ts"],
    ...["/hls/room/ts/live0001-1.ts.ts", "/hls/room/ts/index.m3u", "/hls/../room/live.m3u8"],
  ];
  for (const path of wrong) assert.equal(parseHlsPath(path), null, path);
});

Deno.test("parseDirectives() reads the three directives and leaves other parameters alone", () => {
  const read = (query: string) => parseDirectives(new URLSearchParams(query));
  assert.deepEqual(read(""), { msn: null, part: null, skip: false });
  assert.deepEqual(read("token=x&_HLS_msn=12&_HLS_part=3&_HLS_skip=YES"), {
    msn: 12,
    part: 3,
    skip: true,
  });
  assert.equal(read("_HLS_skip=v2").skip, true);
});

Deno.test("parseDirectives() refuses what is no directive, and reads nothing but numbers", () => {
  const read = (query: string) => parseDirectives(new URLSearchParams(query));
  const wrong = [
    ...["_HLS_part=1", "_HLS_msn=-1", "_HLS_msn=1.5", "_HLS_msn=", "_HLS_msn=1e3", "_HLS_msn=0x1"],
    ...["_HLS_msn=1234567890123456", "_HLS_msn=1&_HLS_part=x", "_HLS_skip=NO", "_HLS_skip="],
    ...["_HLS_msn=١", "_HLS_msn=%201", "_HLS_msn=1%00"],
  ];
  for (const query of wrong) assert.throws(() => read(query), { code: "invalid_params" }, query);
  fc.assert(fc.property(fc.string(), fc.string(), (msn, part) => {
    try {
      const read = parseDirectives(new URLSearchParams({ _HLS_msn: msn, _HLS_part: part }));
      assert.deepEqual([read.msn, read.part], [Number(msn), Number(part)]);
    } catch (err) {
      assert.equal(err instanceof Error && err.name, "AppError");
    }
  }));
});
