import assert from "node:assert/strict";
import type { LiveMeta, MixerObserved, RoomMeta, RoomRecord } from "../../src/contracts/room.ts";
import type { Facts } from "../invariants/facts.ts";
import { Ledger } from "../invariants/ledger.ts";
import {
  asPromised,
  everythingFreed,
  forwardersAsWanted,
  oneFfmpegPerStream,
  oneSenderPerPort,
} from "../invariants/rules.ts";
import { settled } from "../invariants/settled.ts";
import { StreamLog } from "../invariants/stream_log.ts";

const ROOM = "room-a";
const META: RoomMeta = {
  id: ROOM,
  title: "A",
  owner: { id: "u1", name: "U" },
  pinHash: null,
  createdAt: 1,
  epoch: 2,
  lives: 1,
  nextMediaSequence: 0,
  redundancy: 2,
  access: "open",
};
const LIVE: LiveMeta = {
  status: "onair",
  epoch: 2,
  liveId: "livelive1",
  live: 1,
  startedAt: 1,
  mediaSequence: 0,
  partFrames: 10,
  janusId: "janus-1",
  mixerId: "mixer-1",
  standbyId: "mixer-2",
};

function mixerKey(mixerId: string, port: number): MixerObserved {
  const origin = "http://127.0.0.1:3001";
  const { epoch, liveId } = LIVE;
  return { epoch, mixerId, liveId, status: "on_air", ip: "127.0.0.1", port, origin };
}

const ON_AIR: RoomRecord = {
  meta: META,
  livemeta: LIVE,
  janus: { epoch: 2, janusId: "janus-1", status: "forwarding", forwarders: [] },
  mixer: mixerKey("mixer-1", 30_000),
  standby: mixerKey("mixer-2", 30_200),
};
const OVER: RoomRecord = { meta: META, livemeta: null, janus: null, mixer: null, standby: null };

const at = (janusId: string, port: number) => ({
  ...{ janusId, port },
  roomId: ROOM,
  host: "127.0.0.1",
});
const ffmpeg = (pid: number, mixerId: string, liveId = LIVE.liveId) => ({ pid, mixerId, liveId });

/** A room with a hot standby, as it should be. */
const WELL: Facts = {
  rooms: new Map([[ROOM, ON_AIR]]),
  januses: ["janus-1", "janus-2"],
  bridgeRooms: [{ janusId: "janus-1", roomId: ROOM }],
  forwarders: [at("janus-1", 30_000), at("janus-1", 30_200)],
  ffmpegs: [ffmpeg(11, "mixer-1"), ffmpeg(12, "mixer-2")],
  boundPorts: [30_000, 30_001, 30_200, 30_201],
  folders: [{ mixerId: "mixer-1", liveId: LIVE.liveId }],
};
const ALL = [
  oneSenderPerPort,
  oneFfmpegPerStream,
  forwardersAsWanted,
  everythingFreed,
  asPromised(new Map([[ROOM, "live"]])),
];

Deno.test("the invariants hold when a room with a hot standby is as it should be", () => {
  assert.deepEqual(ALL.flatMap((rule) => rule(WELL)), []);
});

Deno.test("oneSenderPerPort() names both rooms when two forwarders send to one port", () => {
  const forwarders = [...WELL.forwarders, { ...at("janus-2", 30_000), roomId: "room-b" }];
  const [broken = "", ...more] = oneSenderPerPort({ ...WELL, forwarders });
  assert.match(broken, /^I1: .*30000 has 2 senders: room-a on janus-1, room-b on janus-2$/);
  assert.deepEqual(more, []);
});

Deno.test("oneFfmpegPerStream() tells of twins, and of one that serves an ended broadcast", () => {
  const ffmpegs = [...WELL.ffmpegs, ffmpeg(13, "mixer-1"), ffmpeg(14, "mixer-1", "deadlive1")];
  assert.deepEqual(oneFfmpegPerStream({ ...WELL, ffmpegs }), [
    "I2: livelive1 on mixer-1 has 2 FFmpeg processes",
    "I2: FFmpeg 14 runs for deadlive1 on mixer-1",
  ]);
  const elsewhere = { ...WELL, ffmpegs: [ffmpeg(15, "mixer-3")] };
  assert.deepEqual(oneFfmpegPerStream(elsewhere), ["I2: FFmpeg 15 runs for livelive1 on mixer-3"]);
});

Deno.test("forwardersAsWanted() tells of forwarders that are missing, stray or on the wrong Janus", () => {
  const stray = { ...WELL, forwarders: [at("janus-1", 30_000), at("janus-2", 30_200)] };
  assert.deepEqual(forwardersAsWanted(stray), [
    "I4: there is no forwarder of room-a from janus-1 to 127.0.0.1:30200",
    "I4: nobody wants the forwarder of room-a from janus-2 to 127.0.0.1:30200",
  ]);
  assert.deepEqual(forwardersAsWanted({ ...WELL, bridgeRooms: [] }), [
    "I4: room-a is not on janus-1",
  ]);
});

Deno.test("forwardersAsWanted() says nothing of a Janus that does not answer", () => {
  const dark = { ...WELL, januses: ["janus-2"], bridgeRooms: [], forwarders: [] };
  assert.deepEqual(forwardersAsWanted(dark), []);
});

Deno.test("everythingFreed() tells what an ended broadcast left behind", () => {
  const left = { ...WELL, rooms: new Map([[ROOM, { ...OVER, mixer: ON_AIR.mixer }]]) };
  assert.deepEqual(everythingFreed({ ...left, boundPorts: [30_000] }), [
    'I5: room-a is over and its key "mixer" is there',
    "I5: room-a is still on janus-1",
    "I5: port 30000 is bound for nobody",
    "I5: mixer-1 keeps the folder of livelive1, which is over",
  ]);
});

Deno.test("asPromised() tells when an acknowledged start, stop, create or delete is undone", () => {
  const ledger = new Ledger();
  ledger.live(ROOM);
  assert.deepEqual(asPromised(ledger.rooms)({ ...WELL, rooms: new Map([[ROOM, OVER]]) }), [
    "I6: room-a was promised to be live and is idle",
  ]);
  ledger.absent(ROOM);
  assert.deepEqual(asPromised(ledger.rooms)(WELL), [
    "I6: room-a was promised to be absent and is live",
  ]);
  ledger.idle(ROOM);
  assert.deepEqual(asPromised(ledger.rooms)({ ...WELL, rooms: new Map() }), [
    "I6: room-a was promised to be idle and is absent",
  ]);
  ledger.unknown(ROOM);
  assert.deepEqual(asPromised(ledger.rooms)(WELL), []);
});

Deno.test("StreamLog tells when the media sequence goes back or a live room ends", () => {
  const log = new StreamLog();
  log.see(ROOM, { mediaSequence: 9, ended: false, live: true });
  log.see(ROOM, { mediaSequence: 9, ended: true, live: false });
  assert.deepEqual(log.take(), []);
  log.see(ROOM, { mediaSequence: 8, ended: true, live: true });
  assert.deepEqual(log.take(), [
    "I3: room-a went back from segment 9 to 8",
    "I3: room-a says that it is over while it is live",
  ]);
  assert.deepEqual(log.take(), []);
});

Deno.test("settled() gives what is broken still when the time is up", async () => {
  const collect = () => Promise.resolve({ ...WELL, forwarders: [] });
  const broken = await settled({ collect, rules: [forwardersAsWanted], limitMs: 0 });
  assert.equal(broken.length, 2);
  const blind = () => Promise.reject(new Error("etcd is away"));
  assert.deepEqual(await settled({ collect: blind, rules: ALL, limitMs: 0 }), [
    "The facts could not be had: etcd is away",
  ]);
});
