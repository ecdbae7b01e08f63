import assert from "node:assert/strict";
import { checkPlaylist } from "../support/hls/check_playlist.ts";
import { checkSuccession } from "../support/hls/check_succession.ts";
import { parseMediaPlaylist } from "../support/hls/parse_media_playlist.ts";
import { PlayerModel } from "../support/hls/player_model.ts";

const PART = (name: string) => `#EXT-X-PART:DURATION=0.5,URI="${name}",INDEPENDENT=YES\n`;
const DATE = (s: string) => `#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:${s}Z\n`;

const HEAD = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:1
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6.0,PART-HOLD-BACK=1.5,HOLD-BACK=3.0
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init.mp4"
`;
const GOOD = `${HEAD}${DATE("00.000")}#EXTINF:1.0,
7.m4s
${DATE("01.000")}${PART("8.0")}${PART("8.1")}#EXTINF:1.0,
8.m4s
${DATE("02.000")}${PART("9.0")}${PART("9.1")}#EXTINF:1.0,
9.m4s
${DATE("03.000")}${PART("10.0")}${PART("10.1")}#EXTINF:1.0,
10.m4s
${DATE("04.000")}${PART("11.0")}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="11.1"
`;

/** What {@link GOOD} looks like with one thing changed. */
function changed(from: string | RegExp, to: string): string {
  const text = GOOD.replace(from, to);
  assert.notEqual(text, GOOD);
  return text;
}

Deno.test("checkPlaylist() finds nothing wrong with a good playlist", () => {
  assert.deepEqual(checkPlaylist(parseMediaPlaylist(GOOD)), []);
});

const BROKEN: readonly (readonly [string | RegExp, string, RegExp])[] = [
  ["VERSION:9", "VERSION:5", /MAP needs version 6/],
  ["#EXT-X-TARGETDURATION:1\n", "", /TARGETDURATION is missing/],
  ["#EXTINF:1.0,\n7", "#EXTINF:1.5,\n7", /Segment 7 lasts 1.5 s/],
  [/#EXT-X-SERVER-CONTROL.*\n/, "", /SERVER-CONTROL is missing/],
  ["CAN-BLOCK-RELOAD=YES,", "", /CAN-BLOCK-RELOAD is not YES/],
  ["HOLD-BACK=3.0", "HOLD-BACK=2.9", /HOLD-BACK is under 3 target/],
  ["PART-HOLD-BACK=1.5,", "", /PART-HOLD-BACK is missing/],
  ["PART-HOLD-BACK=1.5", "PART-HOLD-BACK=0.9", /PART-HOLD-BACK is under 2/],
  ["PART-HOLD-BACK=1.5", "PART-HOLD-BACK=1.2", /PART-HOLD-BACK is under the 3/],
  ["CAN-SKIP-UNTIL=6.0", "CAN-SKIP-UNTIL=5.9", /CAN-SKIP-UNTIL is under 6/],
  ["#EXT-X-PART-INF:PART-TARGET=0.5\n", "", /PART-INF is missing/],
  ["PART-TARGET=0.5", "PART-TARGET=0.4", /Part 8.0 of 0.5 s is over the target of 0.4 s/],
  ["PART-TARGET=0.5", "PART-TARGET=0.6", /Part 8.0 of 0.5 s is too short/],
  [PART("9.1"), "", /The parts of segment 9 last 0.5 s/],
  [PART("9.0") + PART("9.1"), "", /Segment 9 lacks its parts/],
  ["#EXTINF:1.0,\n7", `${PART("7.0")}${PART("7.1")}#EXTINF:1.0,\n7`, /segment 7 are too old/],
  [/#EXT-X-PRELOAD.*\n/, "", /has no preload hint/],
  ['URI="11.1"', 'URI="11.0"', /names what is there already/],
  [/$/, "#EXT-X-ENDLIST\n", /has ended, but hints/],
  [/#EXT-X-PRELOAD.*\n/, "#EXT-X-ENDLIST\n", /has ended with a segment half made/],
  [/#EXT-X-MAP.*\n/, "", /Segment 7 has no EXT-X-MAP/],
  [DATE("03.000"), DATE("03.010"), /The date of segment 10 is off by 10 ms/],
  [/#EXT-X-PROGRAM.*\n/g, "", /has no EXT-X-PROGRAM-DATE-TIME/],
  ["\n9.m4s", "\n8.m4s", /8.m4s is listed twice/],
  [DATE("00.000"), `#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n${DATE("00.000")}`, /nearer to its end than 6/],
];

for (const [from, to, rule] of BROKEN) {
  Deno.test(`checkPlaylist() says ${rule.source}`, () => {
    const found = checkPlaylist(parseMediaPlaylist(changed(from, to)));
    assert.ok(found.some((sentence) => rule.test(sentence)), found.join("\n"));
  });
}

const GARBLED: readonly (readonly [string | RegExp, string, RegExp])[] = [
  ["#EXTM3U", "#EXTM3", /does not begin/],
  ["#EXT-X-VERSION:9", "#EXT-X-VERSION:9\n#EXT-X-VERSION:9", /stands twice/],
  ["#EXT-X-PART-INF:", "#EXT-X-PARTINF:", /is unknown/],
  ["SEQUENCE:7", "SEQUENCE:7a", /no decimal integer/],
  ["PART-TARGET=0.5", "PART-TARGET=1e3", /no decimal number/],
  ["CAN-BLOCK-RELOAD=YES,", "CAN-BLOCK-RELOAD=YES, ", /is no attribute/],
  ["HOLD-BACK=3.0", "HOLD-BACK=3.0,", /ends with a comma/],
  ["CAN-SKIP-UNTIL=6.0", "HOLD-BACK=6.0", /stands twice/],
  ['URI="11.1"', "URI=11.1", /not quoted/],
  ["INDEPENDENT=YES", "INDEPENDENT=MAYBE", /neither YES nor NO/],
  ["#EXTINF:1.0,\n9", "9", /has no EXTINF/],
  ["\n10.m4s", "", /EXTINF has no URI/],
  [DATE("04.000"), "#EXT-X-MEDIA-SEQUENCE:8\n", /stands twice/],
  [/$/, "#EXT-X-DISCONTINUITY-SEQUENCE:8\n", /stands after a segment/],
  [PART("11.0"), "#EXT-X-DISCONTINUITY\n", /applies to no segment/],
];

for (const [from, to, message] of GARBLED) {
  Deno.test(`parseMediaPlaylist() refuses what ${message.source}`, () => {
    assert.throws(() => parseMediaPlaylist(changed(from, to)), {
      name: "PlaylistSyntaxError",
      message,
    });
  });
}

/** What {@link GOOD} may become: a part more, a segment less. */
const NEXT = changed(/#EXT-X-PRELOAD.*\n/, `${PART("11.1")}#EXTINF:1.0,\n11.m4s\n`)
  .replace(`${DATE("00.000")}#EXTINF:1.0,\n7.m4s\n`, "")
  .replace("SEQUENCE:7", "SEQUENCE:8") + '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="12.0"\n';

function succession(before: string, after: string): string[] {
  return checkSuccession(parseMediaPlaylist(before), parseMediaPlaylist(after));
}

Deno.test("checkSuccession() finds nothing wrong when a playlist goes on as it should", () => {
  assert.deepEqual(succession(GOOD, GOOD), []);
  assert.deepEqual(succession(GOOD, NEXT), []);
});

const BROKEN_SUCCESSIONS: readonly (readonly [string | RegExp, string, RegExp])[] = [
  ["VERSION:9", "VERSION:10", /version changed/],
  ["TARGETDURATION:1", "TARGETDURATION:2", /target duration changed/],
  ["PART-TARGET=0.5", "PART-TARGET=0.6", /part target changed/],
  ["HOLD-BACK=3.0", "HOLD-BACK=4.0", /SERVER-CONTROL changed/],
  ["SEQUENCE:8", "SEQUENCE:6", /media sequence went back from 7 to 6/],
  ["SEQUENCE:8", "SEQUENCE:12", /Segments 11 to 11 were never listed/],
  ["\n9.m4s", "\n9b.m4s", /URI of segment 9 changed/],
  ["#EXTINF:1.0,\n9", "#EXTINF:1.1,\n9", /duration of segment 9 changed/],
  [DATE("02.000"), "", /date of segment 9 changed, came or went/],
  [DATE("02.000"), `#EXT-X-DISCONTINUITY\n${DATE("02.000")}`, /discontinuity at 9 came/],
  ['MAP:URI="init.mp4"', 'MAP:URI="other.mp4"', /init segment of segment 8 changed/],
  ['URI="10.1"', 'URI="10.1b"', /Part 10.1 changed or went/],
  [PART("11.1"), PART("11.x"), /11.1 was hinted at, but 11.x came/],
  [
    "#EXT-X-MAP",
    "#EXT-X-DISCONTINUITY-SEQUENCE:1\n#EXT-X-MAP",
    /discontinuity sequence is 1, not 0/,
  ],
];

for (const [from, to, rule] of BROKEN_SUCCESSIONS) {
  Deno.test(`checkSuccession() says ${rule.source}`, () => {
    const after = NEXT.replace(from, to);
    assert.notEqual(after, NEXT);
    const found = succession(GOOD, after);
    assert.ok(found.some((sentence) => rule.test(sentence)), found.join("\n"));
  });
}

Deno.test("checkSuccession() holds an edge that goes back, and what follows an end, to be wrong", () => {
  assert.match(succession(NEXT, GOOD).join(), /edge went back from 12.0 to 11.1/);
  const ended = NEXT.replace(/#EXT-X-PRELOAD.*\n/, "#EXT-X-ENDLIST\n");
  assert.deepEqual(succession(NEXT, ended), []);
  assert.match(succession(ended, NEXT).join(), /goes on after its end/);
  const short = `${HEAD}${DATE("03.000")}#EXTINF:1.0,\n10.m4s\n`.replace("CE:7", "CE:10");
  assert.match(succession(GOOD, short).join(), /less than three target durations are left/);
});

Deno.test("PlayerModel stalls when a part comes later than its buffer lasts", () => {
  const player = new PlayerModel(600);
  for (const at of [1000, 1200, 1400, 2199]) player.take(at, 200);
  assert.deepEqual(player.playback, { stalls: 1, stalledMs: 199, longestGapMs: 799 });
  player.take(2200, 200);
  player.take(2400, 200);
  assert.equal(player.playback.stalls, 1);
});
