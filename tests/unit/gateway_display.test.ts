import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { DisplayName, UserId } from "../../src/contracts/ids.ts";
import { Participant } from "../../src/contracts/rpc.ts";
import { encodeDisplay, toParticipant } from "../../src/gateway/signaling/display.ts";

const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 48 })
  .filter((name) => DisplayName.safeParse(name).success)
  .map((name) => DisplayName.parse(name));
const users = fc.stringMatching(/^[a-z0-9][a-z0-9-]{2,63}$/).filter((id) =>
  UserId.safeParse(id).success
);
const participants = fc.record({
  id: fc.string({ minLength: 1, maxLength: 80 }),
  userId: users,
  name: names,
  role: fc.constantFrom("host" as const, "speaker" as const),
  muted: fc.boolean(),
});

Deno.test("toParticipant() gives back whom encodeDisplay() was given", () => {
  fc.assert(fc.property(participants, (participant) => {
    const { id, muted } = participant;
    const display = encodeDisplay(participant);
    deepEqual(toParticipant({ id, display, muted, talking: false }), participant);
  }));
});

Deno.test("toParticipant() makes a participant of any display, and of nobody else's a host", () => {
  const displays = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.json(),
    fc.record({ u: fc.string(), n: fc.anything(), r: fc.constantFrom("host", "root") })
      .map((value) => JSON.stringify(value)),
  );
  fc.assert(fc.property(fc.string({ maxLength: 200 }), displays, (id, display) => {
    const participant = toParticipant({ id, display, muted: false, talking: true });
    equal(Participant.safeParse(participant).success, true, display);
  }));
  const stranger = toParticipant({ id: "1", display: "Desk phone", muted: true, talking: false });
  deepEqual(stranger, {
    id: "1",
    userId: "unknown",
    name: "Desk phone",
    role: "speaker",
    muted: true,
  });
});
