import assert from "node:assert/strict";
import { NewAdminEvent } from "../../src/contracts/admin_events.ts";
import type { NodeInfo } from "../../src/contracts/node.ts";
import type { RoomMeta } from "../../src/contracts/room.ts";
import {
  nodeGone,
  nodeStandpoint,
  orderGone,
  roomStandpoint,
  suspicionStandpoint,
} from "../../src/control/admin/story.ts";
import { movedEvent } from "../../src/control/placement/moved_event.ts";

const NODE: NodeInfo = {
  ...{ id: "m1", kind: "mixer", version: "1.0.0", url: "http://127.0.0.1:1" },
  ...{ capacity: 10, load: 2, draining: false, unhealthy: null, startedAt: 5 },
};
const ROOM: RoomMeta = {
  ...{ id: "jazz", title: "Late jazz", owner: { id: "ada", name: "Ada" }, pinHash: null },
  ...{ createdAt: 1, epoch: 1, lives: 1, nextMediaSequence: 0, redundancy: 1, access: "open" },
};

Deno.test("nodeStandpoint() stays the same with the load, and says what became of a node else", () => {
  const up = nodeStandpoint(NODE);
  assert.equal(nodeStandpoint({ ...NODE, load: 9 }).signature, up.signature);
  const said = (node: NodeInfo, before: string | null) => nodeStandpoint(node).tell(before)?.text;
  const ill = { ...NODE, unhealthy: "no FFmpeg" };
  assert.equal(said(NODE, null), "mixer/m1 is there, version 1.0.0.");
  assert.equal(said(ill, up.signature), "mixer/m1 cannot serve: no FFmpeg.");
  assert.equal(said(NODE, nodeStandpoint(ill).signature), "mixer/m1 is well again.");
  assert.equal(said({ ...NODE, startedAt: 6 }, up.signature), "mixer/m1 was started anew.");
  const draining = nodeStandpoint({ ...NODE, draining: true });
  assert.equal(draining.tell(up.signature)?.text, "mixer/m1 is draining, with 2 rooms.");
  assert.equal(nodeGone("mixer", "m1")(draining.signature)?.severity, "info");
  assert.equal(nodeGone("mixer", "m1")(up.signature)?.severity, "bad");
});

Deno.test("roomStandpoint() tells each reason of trouble, and of a start only that it starts", () => {
  const at = (state: "starting" | "degraded", ...reasons: string[]) =>
    roomStandpoint(ROOM, null, { state, reasons });
  assert.equal(at("starting", "a").signature, at("starting", "b").signature);
  assert.notEqual(at("degraded", "a").signature, at("degraded", "b").signature);
  const trouble = at("degraded", "mixer m1 is gone").tell("");
  assert.deepEqual([trouble?.text, trouble?.severity], [
    "Late jazz: in trouble: mixer m1 is gone.",
    "bad",
  ]);
  const made = at("starting").tell(null);
  assert.deepEqual([made?.kind, made?.by?.name], ["room.created", "Ada"]);
});

Deno.test("an order that ends with its node is not told, one that is taken back is", () => {
  assert.equal(orderGone("mixer", "m1", false)("1"), null);
  assert.match(orderGone("mixer", "m1", true)("1")?.text ?? "", /taken back/);
});

Deno.test("events fit their schema however long a reason is", () => {
  const reason = "x".repeat(300);
  const suspected = suspicionStandpoint("mixer", "m1", [
    { witness: "janus", reason, since: 1 },
    { witness: "edge", reason, since: 1 },
  ]);
  assert.equal(suspected?.signature, "edge,janus");
  const reasons = Array(9).fill(reason);
  const events = [
    suspected?.tell(null),
    roomStandpoint(ROOM, null, { state: "degraded", reasons }).tell(""),
    nodeStandpoint({ ...NODE, unhealthy: reason.repeat(3) }).tell(null),
  ];
  for (const event of events) assert.ok(NewAdminEvent.safeParse(event).success);
});

Deno.test("movedEvent() says what moved where, and for what", () => {
  const text = (part: "mixer" | "standby" | "janus", from: string | null, to: string | null) =>
    movedEvent("jazz", "Late jazz", { part, from, to, why: "draining" }, 3).text;
  assert.equal(
    text("mixer", "m1", "m2"),
    "Late jazz: its mixer is m2 now, not m1, because m1 is draining.",
  );
  assert.equal(
    text("standby", null, "m2"),
    "Late jazz: m2 is its standby mixer now, because its mixer is to be left.",
  );
  assert.match(text("standby", "m2", null), /m2 is no longer its standby mixer/);
});
