import assert from "node:assert/strict";
import fc from "fast-check";
import { AdminNode, AdminRoom, AdminStats } from "../../src/contracts/admin.ts";
import {
  parseEvent,
  readAdminRoom,
  readNode,
  readStats,
} from "../../web/src/client/admin_views.ts";
import { chartPaths, niceMax } from "../../web/src/client/chart.ts";
import { routeOf } from "../../web/src/client/route.ts";
import { type ServerEvent, SseParser } from "../../web/src/client/sse_parser.ts";

Deno.test("routeOf() finds the admin page, and nothing below it", () => {
  assert.deepEqual([routeOf("/admin"), routeOf("/admin/")], [{ page: "admin" }, { page: "admin" }]);
  assert.deepEqual(routeOf("/admin/nodes"), { page: "unknown" });
});

Deno.test("SseParser gives the same events however the stream is cut up", () => {
  const stream =
    'retry: 2000\n\nid: 1-0\r\nevent: room.state\r\ndata: {"a":1}\r\n\r\n: still here\n\n' +
    "event: gap\ndata: {}\n\ndata: two\ndata: lines\rid: 2-0\n\nid: 3-0\n\n";
  const expected: ServerEvent[] = [
    { id: "1-0", event: "room.state", data: '{"a":1}' },
    { id: null, event: "gap", data: "{}" },
    { id: "2-0", event: "message", data: "two\nlines" },
  ];
  const cuts = fc.uniqueArray(fc.nat({ max: stream.length }), { maxLength: 12 });
  fc.assert(fc.property(cuts, (places) => {
    const parser = new SseParser();
    const ends = [...places.toSorted((a, b) => a - b), stream.length];
    const pieces = ends.map((end, index) => stream.slice(ends[index - 1] ?? 0, end));
    assert.deepEqual(pieces.flatMap((piece) => parser.feed(piece)), expected);
  }));
});

Deno.test("the page reads of nodes, rooms and figures what the contracts say", () => {
  const node: AdminNode = {
    ...{ kind: "mixer", id: "m1", standing: "draining", standingText: "It goes.", url: null },
    ...{ takesRooms: false, version: "1", startedAt: null, load: 3, capacity: 9, draining: true },
    ...{ unhealthy: null, order: { orderedAt: 1, deadlineS: 2 }, leaseLeftS: 8, roomCount: 1 },
    suspicions: [{ witness: "edge", reason: "silent", since: 1 }],
    rooms: ["jazz"],
  };
  assert.deepEqual(readNode(node), AdminNode.parse(node));
  const room: AdminRoom = {
    ...{ id: "jazz", title: "Jazz", owner: { id: "ada", name: "Ada" }, hasPin: false },
    ...{
      redundancy: 1,
      access: "open",
      createdAt: "2026-01-02T03:04:05.000Z",
      state: "idle",
      stateText: "Off.",
    },
    ...{ reasons: [], live: null, links: { listen: "/l", studio: "/s", hls: "/h", classic: "/c" } },
    places: [
      { part: "standby", nodeId: "m1", standing: "dead", status: null, epoch: null, reason: null },
    ],
  };
  assert.deepEqual(readAdminRoom(room), AdminRoom.parse(room));
  const sample = {
    listeners: 1.5,
    lateMeanMs: null,
    lateMaxMs: 3,
    parts: 1,
    standIns: 0,
    edges: 1,
  };
  const stats: AdminStats = {
    stepMs: 5000,
    samples: [{ at: "2026-01-02T03:04:05.000Z", ...sample }],
    edges: [{ id: "e", version: "1", listeners: 2, lateMaxMs: null }],
  };
  assert.deepEqual(readStats(stats), AdminStats.parse(stats));
  assert.equal(parseEvent("{"), null);
  assert.equal(parseEvent('{"id":"1-0"}'), null);
});

Deno.test("chartPaths() breaks its line where nothing is known, and never leaves its frame", () => {
  const frame = { until: 40, spanMs: 40, max: 10, width: 100, height: 50, gapMs: 10 };
  const points = [
    { at: -5, value: 5 },
    { at: 0, value: 0 },
    { at: 10, value: 20 },
    { at: 20, value: null },
    { at: 40, value: 5 },
  ];
  assert.deepEqual(chartPaths(points, frame), {
    line: "M0 50L25 0M100 25L100 25",
    area: "M0 50L0 50L25 0L25 50Z",
  });
  assert.deepEqual(chartPaths([], frame), { line: "", area: "" });
});

Deno.test("niceMax() is a round number at or above everything", () => {
  assert.equal(niceMax([], 5), 5);
  assert.equal(niceMax([null, 3, 7], 5), 10);
  assert.equal(niceMax([130, 20], 100), 200);
  fc.assert(fc.property(fc.array(fc.nat(1e6)), (values) => {
    assert.ok(values.every((value) => value <= niceMax(values, 1)));
  }));
});
