import assert from "node:assert/strict";
import fc from "fast-check";
import { type ErrorCode, ERRORS } from "../../src/contracts/errors.ts";
import { placeOnBand } from "../../web/src/client/band_place.ts";
import { asClientError, ClientError } from "../../web/src/client/client_error.ts";
import { levelOf, needle } from "../../web/src/client/level_meter.ts";
import { microphoneError } from "../../web/src/client/microphone.ts";
import { rosterOf, updateRoster } from "../../web/src/client/room_roster.ts";
import { routeOf } from "../../web/src/client/route.ts";
import { silentWav } from "../../web/src/client/silence.ts";

Deno.test("routeOf() finds the page and room of a path", () => {
  assert.deepEqual(routeOf("/"), { page: "home" });
  assert.deepEqual(routeOf("/studio/friday"), { page: "studio", room: "friday" });
  assert.deepEqual(routeOf("/listen/friday/"), { page: "listen", room: "friday" });
});

Deno.test("routeOf() knows no page when the room id is not one", () => {
  for (
    const path of ["/studio", "/listen/..", "/listen/A", "/studio/a%2f", "/listen/abc/d", "/x"]
  ) {
    assert.deepEqual(routeOf(path), { page: "unknown" }, path);
  }
});

Deno.test("ClientError has a sentence for every code of the server's table", () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const { message } = new ClientError(code);
    assert.match(message, /^[A-Z].*[.!?]$/, code);
  }
});

Deno.test("ClientError says how long to wait when there were too many tries", () => {
  const told = (seconds: number) => new ClientError("too_many_requests", "", [], seconds).message;
  assert.match(told(20), /20 seconds/);
  assert.match(told(600), /10 minutes/);
});

Deno.test("ClientError names the field when a value is not valid", () => {
  const fields = [{ pointer: "/title", detail: "no control characters" }];
  assert.match(new ClientError("invalid_params", "", fields).message, /title.*control/);
});

Deno.test("asClientError() keeps the cause when the page did not foresee it", () => {
  const cause = new RangeError("x");
  const error = asClientError(cause);
  assert.equal(error.code, "internal");
  assert.equal(error.cause, cause);
});

Deno.test("microphoneError() tells refusals of getUserMedia apart", () => {
  const code = (name: string) => microphoneError(new DOMException("", name)).code;
  assert.equal(code("NotAllowedError"), "mic_denied");
  assert.equal(code("NotFoundError"), "no_microphone");
  assert.equal(code("OverconstrainedError"), "no_microphone");
  assert.equal(code("NotReadableError"), "mic_busy");
});

const person = (id: string, name: string, role: "host" | "speaker" = "speaker") => ({
  id,
  userId: id,
  name,
  role,
  muted: false,
});

Deno.test("rosterOf() puts hosts first, then people by name", () => {
  const seats = rosterOf([person("1", "Zoe"), person("2", "Ada"), person("3", "Max", "host")]);
  assert.deepEqual(seats.map((seat) => seat.name), ["Max", "Ada", "Zoe"]);
});

Deno.test("updateRoster() follows people who come, talk, mute, rename themselves and go", () => {
  let seats = rosterOf([person("1", "Ada")]);
  seats = updateRoster(seats, { name: "joined", params: { participant: person("2", "Bob") } });
  seats = updateRoster(seats, { name: "joined", params: { participant: person("2", "Bob") } });
  assert.equal(seats.length, 2);
  seats = updateRoster(seats, { name: "talking", params: { seat: "2", talking: true } });
  assert.equal(seats.find((seat) => seat.id === "2")?.talking, true);
  seats = updateRoster(seats, { name: "muted", params: { seat: "2", muted: true } });
  assert.deepEqual(seats[1], { ...person("2", "Bob"), muted: true, talking: false });
  seats = updateRoster(seats, { name: "renamed", params: { seat: "2", name: "Abe" } });
  assert.equal(seats[0]?.name, "Abe");
  seats = updateRoster(seats, { name: "left", params: { seat: "1" } });
  assert.deepEqual(seats.map((seat) => seat.id), ["2"]);
  assert.deepEqual(updateRoster(seats, { name: "left", params: { seat: "9" } }), seats);
});

Deno.test("levelOf() puts silence at 0 and a full-scale tone at 1", () => {
  const tone = Float32Array.from({ length: 4800 }, (_, i) => Math.sin((2 * Math.PI * i) / 48));
  assert.equal(levelOf(new Float32Array(512)), 0);
  assert.ok(Math.abs(levelOf(tone) - 1) < 0.01);
  assert.ok(Math.abs(levelOf(tone.map((sample) => sample / 1000)) - 0) < 0.01);
});

Deno.test("needle() rises at once and falls slowly", () => {
  fc.assert(fc.property(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (before, level) => {
      const now = needle(before, level, 16);
      assert.ok(now >= level && now <= Math.max(before, level));
    },
  ));
});

Deno.test("silentWav() is a PCM file whose samples are all silence", async () => {
  const bytes = new Uint8Array(await silentWav(0.5).arrayBuffer());
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 4)), "RIFF");
  assert.equal(bytes.length, 44 + 4000);
  assert.ok(bytes.subarray(44).every((byte) => byte === 128));
});

Deno.test("placeOnBand() keeps a room at its place, and spreads rooms over the band", () => {
  const places = Array.from({ length: 200 }, (_, n) => placeOnBand(`room-${n}`));
  assert.equal(placeOnBand("room-7"), places[7]);
  assert.ok(places.every((place) => place >= 0 && place < 1));
  for (const quarter of [0, 0.25, 0.5, 0.75]) {
    assert.ok(places.some((place) => place >= quarter && place < quarter + 0.25));
  }
});
