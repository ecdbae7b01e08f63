import assert from "node:assert/strict";
import fc from "fast-check";
import type { NodeId } from "../../src/contracts/ids.ts";
import type { NodeKind } from "../../src/contracts/node.ts";
import type { MixerObserved, RoomRecord } from "../../src/contracts/room.ts";
import { type PlacementView, planPlacement } from "../../src/control/placement/plan.ts";
import type { Judgement, Standing } from "../../src/control/resources/standing.ts";

const WHY = {
  fit: null,
  missing: "lease_lost",
  dead: "suspected",
  ill: "unhealthy",
  draining: "draining",
} as const;

const MIXERS = ["m1", "m2", "m3"] as const;
const JANUSES = ["j1", "j2"] as const;

type Standings = Readonly<Record<string, Standing>>;

/** Nodes stand as told; the first fit one is picked. */
function seen(standings: Standings, hold: string | null = null): PlacementView {
  const standingOf = (id: NodeId): Standing => standings[id] ?? "dead";
  return {
    hold,
    judge: (_kind, id): Judgement => {
      const standing = standingOf(id);
      return { standing, why: WHY[standing], againMs: standing === "missing" ? 500 : null };
    },
    pick: (kind: NodeKind, not) =>
      (kind === "janus" ? JANUSES : MIXERS).find((id) =>
        standingOf(id) === "fit" && !not.includes(id)
      ) ?? null,
  };
}

interface Given {
  readonly redundancy?: 1 | 2;
  readonly mixerId?: NodeId;
  readonly standbyId?: NodeId | null;
  readonly standby?: Partial<MixerObserved> | null;
}

function room({ redundancy = 1, mixerId = "m1", standbyId = null, standby = null }: Given = {}) {
  const epoch = 7;
  return {
    meta: {
      id: "abc",
      title: "A room",
      owner: { id: "alice", name: "Alice" },
      pinHash: null,
      createdAt: 1,
      epoch,
      lives: 1,
      nextMediaSequence: 0,
      redundancy,
      access: "open" as const,
    },
    livemeta: {
      status: "onair" as const,
      epoch,
      liveId: "abcdefgh",
      live: 1,
      startedAt: 5,
      mediaSequence: 9,
      partFrames: 10 as const,
      janusId: "j1",
      mixerId,
      standbyId,
    },
    janus: null,
    mixer: null,
    standby: standby === null ? null : {
      epoch,
      mixerId: standbyId ?? "m2",
      liveId: "abcdefgh",
      status: "on_air" as const,
      ip: "127.0.0.1",
      port: 30000,
      origin: "http://127.0.0.1:1",
      ...standby,
    },
  } satisfies RoomRecord;
}

const FIT = { j1: "fit", j2: "fit", m1: "fit", m2: "fit", m3: "fit" } as const;

/** Where the room goes, as "janus/mixer/standby"; null when it stays. */
function goes(given: Given, standings: Standings): string | null {
  const { writes } = planPlacement(room(given), seen({ ...FIT, ...standings }));
  if (writes === null) return null;
  const { janusId, mixerId, standbyId } = writes.livemeta;
  return [janusId, mixerId, standbyId ?? "-"].join("/");
}

Deno.test("planPlacement() gives a dead mixer's room to its standby, and else to another mixer", () => {
  assert.equal(goes({ standbyId: "m3" }, { m1: "dead" }), "j1/m3/-");
  assert.equal(goes({ standbyId: "m3", redundancy: 2 }, { m1: "dead" }), "j1/m3/m2");
  assert.equal(goes({}, { m1: "dead" }), "j1/m2/-");
  assert.equal(goes({ standbyId: "m2" }, { m1: "dead", m2: "dead" }), "j1/m3/-");
  assert.equal(goes({ redundancy: 2 }, { m1: "dead" }), "j1/m2/m3");
  assert.equal(goes({}, { m1: "dead", m2: "dead", m3: "draining" }), null);
});

Deno.test("planPlacement() waits for what settles soon, and seeks again what was not to be had", () => {
  const missing = planPlacement(room(), seen({ ...FIT, m1: "missing" }));
  assert.deepEqual([missing.writes, missing.againMs], [null, 500]);
  assert.equal(goes({ standbyId: "m2" }, { m1: "dead", m2: "missing" }), null);
  const alone = planPlacement(room(), seen({ j1: "fit", m1: "dead" }));
  assert.deepEqual([alone.writes, alone.againMs], [null, 1000]);
  assert.equal(planPlacement(room(), seen(FIT)).againMs, null);
});

Deno.test("planPlacement() keeps a second mixer exactly when the room asks for one", () => {
  assert.equal(goes({ redundancy: 2 }, {}), "j1/m1/m2");
  assert.equal(goes({ redundancy: 2 }, { m2: "dead", m3: "draining" }), null);
  assert.equal(goes({ redundancy: 2, standbyId: "m2" }, { m2: "dead" }), "j1/m1/m3");
  assert.equal(goes({ redundancy: 2, standbyId: "m2" }, { m2: "dead", m3: "dead" }), "j1/m1/-");
  assert.equal(goes({ redundancy: 1, standbyId: "m2" }, {}), "j1/m1/-");
});

Deno.test("planPlacement() moves a room off a draining mixer only once the standby is on air", () => {
  const draining = { m1: "draining" } as const;
  assert.equal(goes({}, draining), "j1/m1/m2");
  assert.equal(goes({ standbyId: "m2" }, draining), null);
  assert.equal(goes({ standbyId: "m2", standby: { status: "listening" } }, draining), null);
  assert.equal(goes({ standbyId: "m2", standby: { epoch: 6 } }, draining), null);
  assert.equal(goes({ standbyId: "m2", standby: { liveId: "zzzzzzzz" } }, draining), null);
  assert.equal(goes({ standbyId: "m2", standby: {} }, draining), "j1/m2/-");
  assert.equal(goes({ standbyId: "m2", standby: {}, redundancy: 2 }, draining), "j1/m2/m3");
  assert.equal(goes({}, { m1: "draining", m2: "draining", m3: "dead" }), null);
});

Deno.test("planPlacement() replaces a draining standby, and lets it go when there is no other and the mixer is fit", () => {
  const given = { redundancy: 2, standbyId: "m2", standby: {} } as const;
  assert.equal(goes(given, { m2: "draining" }), "j1/m1/m3");
  assert.equal(goes(given, { m2: "draining", m3: "dead" }), "j1/m1/-");
  assert.equal(goes(given, { m1: "draining", m2: "draining" }), "j1/m1/m3");
  assert.equal(goes(given, { m1: "draining", m2: "draining", m3: "dead" }), null);
});

Deno.test("planPlacement() moves a room off a Janus that is dead, ill or draining, if there is another", () => {
  for (const how of ["dead", "ill", "draining"] as const) {
    assert.equal(goes({}, { j1: how }), "j2/m1/-");
    assert.equal(goes({}, { j1: how, j2: "draining" }), null);
  }
  assert.equal(goes({}, { j1: "missing" }), null);
  assert.equal(goes({}, { j1: "dead", m1: "dead" }), "j2/m2/-");
});

const standing = fc.constantFrom<Standing>("fit", "draining", "ill", "missing", "dead");
const standings = fc.record({
  j1: standing,
  j2: standing,
  m1: standing,
  m2: standing,
  m3: standing,
});
const given = fc.record({
  redundancy: fc.constantFrom(1 as const, 2 as const),
  mixerId: fc.constantFrom("m1", "m3"),
  standbyId: fc.constantFrom(null, "m2"),
  standby: fc.option(fc.record({
    status: fc.constantFrom<MixerObserved["status"]>("listening", "on_air", "degraded", "failed"),
    epoch: fc.constantFrom(6, 7),
  })),
});

Deno.test("planPlacement() never moves when blind, nor a room that is not live", () => {
  fc.assert(fc.property(given, standings, (about, stand) => {
    const blind = planPlacement(room(about), seen(stand, "etcd cannot be reached"));
    assert.deepEqual(blind, { moves: [], writes: null, againMs: null });
    const idle = planPlacement({ ...room(about), livemeta: null }, seen(stand));
    assert.equal(idle.writes, null);
  }));
});

Deno.test("planPlacement() names no dead node anew and none twice, counts the epoch up by one, and is done then", () => {
  fc.assert(
    fc.property(given, standings, (about, stand) => {
      const before = room(about);
      const { writes, moves } = planPlacement(before, seen(stand));
      assert.equal(writes === null, moves.length === 0);
      if (writes === null) return;
      const { livemeta, meta } = writes;
      assert.deepEqual([livemeta.epoch, meta.epoch], [8, 8]);
      assert.notEqual(livemeta.mixerId, livemeta.standbyId);
      const { mixerId, standbyId } = before.livemeta;
      const standingOf = (id: NodeId) => (stand as Standings)[id];
      if (livemeta.janusId !== "j1") assert.equal(standingOf(livemeta.janusId), "fit");
      if (livemeta.mixerId !== mixerId) {
        const known = livemeta.mixerId === standbyId ? ["fit", "draining", "ill"] : ["fit"];
        assert.ok(known.includes(String(standingOf(livemeta.mixerId))));
      }
      if (livemeta.standbyId !== null && livemeta.standbyId !== standbyId) {
        assert.equal(standingOf(livemeta.standbyId), "fit");
      }
      const { janusId: _j, mixerId: _m, standbyId: _s, epoch: _e, ...kept } = livemeta;
      const { janusId: _oj, mixerId: _om, standbyId: _os, epoch: _oe, ...had } = before.livemeta;
      assert.deepEqual(kept, had);
      const after = planPlacement({ ...before, ...writes }, seen(stand));
      assert.deepEqual([after.writes, after.moves], [null, []]);
    }),
    { numRuns: 2000 },
  );
});
