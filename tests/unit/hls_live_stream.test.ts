import assert from "node:assert/strict";
import { PartFrames } from "../../src/contracts/room.ts";
import { concat } from "../../src/hls/mp4.ts";
import { readFragments } from "../support/hls/fmp4.ts";
import { edgeOf } from "../support/hls/media_playlist.ts";
import { parseMediaPlaylist } from "../support/hls/parse_media_playlist.ts";
import { MSN, SimulatedRoom } from "./hls_simulated_room.ts";

/** Asks for a playlist and tells whether it has come. */
function ask(room: SimulatedRoom, msn: number, part: number | null = null) {
  const asked = { come: false, edge: { msn: 0, part: 0 }, ended: false };
  const answer = room.stream.playlist({ msn, part, skip: false }).then((text) => {
    const playlist = parseMediaPlaylist(text);
    Object.assign(asked, { come: true, edge: edgeOf(playlist), ended: playlist.ended });
  });
  return { asked, answer };
}

/** Lets what waits go on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A room that has just made the first `parts` parts of the segment at its zero. */
function roomAt(parts: number): SimulatedRoom {
  const room = new SimulatedRoom(10);
  room.pass(2 + parts * 10, false);
  return room;
}

Deno.test("LiveStream.playlist() waits for the whole segment when no part is named", async () => {
  using room = roomAt(4);
  const { asked, answer } = ask(room, MSN);
  room.pass(9, false);
  await turn();
  assert.equal(asked.come, false);
  room.pass(1, false);
  await answer;
  assert.deepEqual(asked.edge, { msn: MSN + 1, part: 0 });
});

Deno.test("LiveStream.playlist() waits for the part named, and no longer", async () => {
  using room = roomAt(2);
  const there = ask(room, MSN, 1);
  await there.answer;
  const { asked, answer } = ask(room, MSN, 2);
  await turn();
  assert.equal(asked.come, false);
  room.pass(10, false);
  await answer;
  assert.deepEqual(asked.edge, { msn: MSN, part: 3 });
});

Deno.test("LiveStream.playlist() takes a part past a segment's end for the next one's first", async () => {
  using room = roomAt(4);
  const { asked, answer } = ask(room, MSN, 5);
  room.pass(10, false);
  await turn();
  assert.equal(asked.come, false, "segment complete, the next one's first part not there");
  room.pass(10, false);
  await answer;
  assert.deepEqual(asked.edge, { msn: MSN + 1, part: 1 });
});

Deno.test("LiveStream.playlist() refuses a segment more than two after the last one listed", async () => {
  using room = roomAt(2);
  await assert.rejects(room.stream.playlist({ msn: MSN + 2, part: null, skip: false }), {
    code: "invalid_params",
  });
  await assert.rejects(room.stream.playlist({ msn: 999_999_999_999_999, part: 0, skip: true }), {
    code: "invalid_params",
  });
  const { answer } = ask(room, MSN + 1, 0);
  room.pass(40, false);
  await answer;
});

Deno.test("LiveStream.playlist() answers who waits with the end when the broadcast ends", async () => {
  using room = roomAt(2);
  room.pass(3, false);
  const { asked, answer } = ask(room, MSN + 1, 0);
  room.stream.end();
  await answer;
  assert.deepEqual([asked.ended, asked.edge], [true, { msn: MSN + 1, part: 0 }]);
  const far = ask(room, MSN + 100);
  await far.answer;
  assert.equal(far.asked.ended, true);
});

Deno.test("LiveStream.stop() lets nobody wait, and tells no end", async () => {
  using room = roomAt(2);
  const waiting = room.stream.playlist({ msn: MSN, part: 2, skip: false });
  room.stream.stop();
  await assert.rejects(waiting, { code: "unavailable", retryAfterS: 1 });
  await assert.rejects(room.stream.part(MSN, 2), { code: "unavailable" });
  assert.equal(parseMediaPlaylist(await room.playlist()).ended, false);
});

Deno.test("LiveStream.part() waits for the part hinted at, and for no other", async () => {
  using room = roomAt(2);
  const hinted = room.stream.part(MSN, 2);
  assert.equal(await room.stream.part(MSN, 3), null);
  assert.equal(await room.stream.part(MSN + 1, 0), null);
  assert.equal(await room.stream.part(MSN - 50, 0), null);
  room.pass(10, true);
  const part = await hinted;
  assert.ok((part?.sourceFrames ?? 0) >= 9);
  assert.equal(await room.stream.part(MSN, 2), part);
});

Deno.test("LiveStream.part() is null when the broadcast ends before the part hinted at begins", async () => {
  using room = roomAt(2);
  const hinted = room.stream.part(MSN, 2);
  room.stream.end();
  assert.equal(await hinted, null);
});

Deno.test("LiveStream.part() waits for the one being finished when the broadcast ends in it", async () => {
  using room = roomAt(2);
  room.pass(4, true);
  const last = room.stream.part(MSN, 2);
  room.stream.end();
  assert.equal((await last)?.sourceFrames, 4);
});

Deno.test("LiveStream.segment() is its parts joined, for as long as players may ask for it", async () => {
  for (const { value: partFrames } of PartFrames.options) {
    using room = new SimulatedRoom(partFrames);
    room.pass(60, true);
    const parts = await Promise.all(
      Array.from({ length: 50 / partFrames }, (_, index) => room.stream.part(MSN, index)),
    );
    const joined = concat(parts.map((part) => part?.bytes ?? new Uint8Array()));
    assert.deepEqual(room.stream.segment(MSN), joined);
    const fragments = readFragments(joined);
    assert.equal(fragments[0]?.decodeTime, 3 * 50 * 1024, "decode time counts from the pre-roll");
    assert.equal(fragments.reduce((sum, { samples }) => sum + samples, 0), 50);
    assert.equal(room.stream.segment(MSN + 1), null, "it is not complete");
    // RFC 8216bis §6.2.2: for the length of a playlist and a segment after it was last listed.
    let listed = true;
    for (let left = 14 * 50; left > 0 || listed; left -= listed ? 0 : 10) {
      room.pass(10, true);
      listed = parseMediaPlaylist(await room.playlist()).mediaSequence <= MSN;
      assert.notEqual(room.stream.segment(MSN), null);
    }
    room.pass(60 * 50, false);
    assert.equal(room.stream.segment(MSN), null, "memory is bounded");
  }
});

Deno.test("LiveStream tells of the first sound once, and of what flows", () => {
  using room = roomAt(1);
  assert.equal(room.sounds, 0);
  room.pass(30, true);
  assert.deepEqual([room.sounds, room.stream.flowing], [1, true]);
  room.pass(30, false);
  assert.equal(room.stream.flowing, false);
  room.pass(30, true);
  assert.deepEqual([room.sounds, room.stream.flowing], [1, true]);
  const { placed, silent, dropped } = room.stream.counts;
  assert.ok(placed >= 55 && silent > 0 && dropped <= 2);
});

Deno.test("LiveStream takes no frame more when it has ended", async () => {
  using room = roomAt(2);
  room.stream.end();
  const before = await room.playlist();
  room.pass(30, true);
  room.stream.end();
  assert.equal(await room.playlist(), before);
});

Deno.test("LiveStream begins with its pre-roll when its clock says that the zero is yet to come", async () => {
  using room = new SimulatedRoom(10, { startFrames: -400 });
  const { mediaSequence, segments } = parseMediaPlaylist(await room.playlist());
  assert.deepEqual([mediaSequence, segments.length], [MSN - 3, 3]);
  room.pass(10, false);
  assert.deepEqual(edgeOf(parseMediaPlaylist(await room.playlist())), { msn: MSN, part: 0 });
});
