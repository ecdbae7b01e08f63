import assert from "node:assert/strict";
import { LiveMeta } from "../../src/contracts/room.ts";
import { WatchLag } from "../../src/coordination/watch_lag.ts";
import { ListenerCount } from "../../src/gateway/edge/listener_count.ts";
import { FfmpegCheck } from "../../src/media/mixer/ffmpeg_check.ts";
import { RtpDrops } from "../../src/media/mixer/rtp_drops.ts";
import { healthOf, lookAtAll } from "../../src/platform/checks.ts";
import { createApp } from "../../src/platform/http.ts";
import { silentLog } from "../../src/platform/log.ts";
import { collect, collectValue, metricsText } from "../../src/platform/metrics.ts";
import { countCall } from "../../src/platform/rpc/count_call.ts";
import { beginSpan, traced, traceIdOf, traceparentOf } from "../../src/platform/trace.ts";
import { SimulatedRoom } from "./hls_simulated_room.ts";

/** The value of a series, as `/metrics` says. */
async function valueOf(series: string): Promise<number | null> {
  const { text } = await metricsText();
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

Deno.test("collect() adds up what several give, and a counter keeps what those that ended had", async () => {
  const silent = 'roomcast_frames_silent_total{when="live"}';
  const [before = 0, drops = 0] = [
    await valueOf(silent) ?? 0,
    await valueOf("roomcast_frames_dropped_total") ?? 0,
  ];
  let count = 3;
  const endFirst = collect("roomcast_frames_silent_total", () => [
    { labels: { when: "live" }, value: count },
  ]);
  const endSecond = collect("roomcast_frames_silent_total", () => [
    { labels: { when: "live" }, value: 10 },
  ]);
  assert.equal(await valueOf(silent), before + 13);
  count = 4;
  endFirst();
  endFirst();
  count = 0;
  assert.equal(await valueOf(silent), before + 14);
  endSecond();
  assert.equal(await valueOf(silent), before + 14);
  const endDrops = collectValue("roomcast_frames_dropped_total", () => 2);
  const texts = await Promise.all([metricsText(), metricsText()]);
  for (const { text } of texts) assert.match(text, new RegExp(`dropped_total ${drops + 2}\n`));
  endDrops();
});

Deno.test("collect() forgets a gauge when the one who gave it ends", async () => {
  const series = 'roomcast_rtp_ports{state="quiet"}';
  const end = collect("roomcast_rtp_ports", () => [{ labels: { state: "quiet" }, value: 7 }]);
  assert.equal(await valueOf(series), 7);
  end();
  assert.equal(await valueOf(series), null);
});

Deno.test("ListenerCount reckons players from their reloads, and forgets those that left", () => {
  let now = 1_000_000;
  const listeners = new ListenerCount(() => now);
  assert.equal(listeners.listeners("low_latency"), 0);
  const partMs = 640 / 3;
  for (const end = now + 20_000; now < end; now += partMs) {
    for (let player = 0; player < 12; player++) listeners.heard("low_latency", partMs);
  }
  assert.ok(Math.abs(listeners.listeners("low_latency") - 12) < 1);
  assert.equal(listeners.listeners("classic"), 0);
  now += 11_000;
  assert.equal(listeners.listeners("low_latency"), 0);
  void listeners.stop();
});

Deno.test("RtpDrops adds up what the sockets of its ports dropped, also when one comes anew", () => {
  const row = (port: number, inode: number, drops: number) =>
    `  123: 0100007F:${port.toString(16).toUpperCase()} 00000000:0000 07 00000000:00000000 ` +
    `00:00000000 00000000     0        0 ${inode} 2 0000000000000000 ${drops}`;
  let rows: string[] = [];
  const drops = new RtpDrops(() => ["  sl  local_address …", ...rows, ""].join("\n"));
  rows = [row(30000, 1, 5), row(30002, 2, 7), row(40000, 3, 9)];
  assert.equal(drops.count([30000, 30002]), 12);
  rows = [row(30000, 1, 6), row(30002, 4, 2)];
  assert.equal(drops.count([30000, 30002]), 12 + 1 + 2);
  rows = [];
  assert.equal(drops.count([]), 15);
});

Deno.test("FfmpegCheck says what to set when FFmpeg cannot be run", async () => {
  const there = new FfmpegCheck("ffmpeg");
  assert.match(there.reason ?? "", /not been tried/);
  assert.equal(await there.look(), null);
  assert.equal(there.reason, null);
  assert.match(await new FfmpegCheck("/nowhere/ffmpeg").look() ?? "", /nowhere.*ROOMCAST_FFMPEG/);
});

Deno.test("WatchLag measures from a write to when the watch tells of it, whichever is first", async () => {
  const lag = async () => [
    await valueOf('roomcast_watch_lag_seconds_count{prefix="/test/"}') ?? 0,
    await valueOf('roomcast_watch_lag_seconds_sum{prefix="/test/"}') ?? 0,
  ];
  let now = 0;
  const watch = new WatchLag("/test/", () => now);
  watch.wrote(5n);
  now = 40;
  watch.told(5n);
  assert.deepEqual(await lag(), [1, 0.04]);
  watch.told(6n);
  watch.wrote(6n);
  assert.deepEqual(await lag(), [2, 0.04]);
  watch.wrote(7n);
  watch.forget();
  watch.told(7n);
  assert.deepEqual(await lag(), [2, 0.04]);
});

Deno.test("LiveStream tells silence before the first sound from silence after it, and how late parts are", () => {
  const late: number[] = [];
  using room = new SimulatedRoom(10, { onPart: (ms) => late.push(ms) });
  assert.deepEqual(room.stream.silence, { starting: 0, live: 0 });
  room.pass(30, false);
  room.pass(50, true);
  const { starting, live } = room.stream.silence;
  assert.ok(starting > 20 && starting < 40, "the pre-roll does not count");
  assert.equal(live, 0);
  room.pass(40, false);
  assert.equal(room.stream.silence.starting, starting);
  assert.ok(room.stream.silence.live > 25);
  assert.ok(late.length >= 10 && late.every((ms) => ms > 0 && ms < 250), String(late));
});

Deno.test("/readyz lists every check, and answers 503 only for one that is required", async () => {
  let etcd: string | null = null;
  const health = healthOf("edge", {
    rooms: () => null,
    etcd: () => etcd,
  });
  const app = createApp(silentLog(), health);
  const ask = async () => {
    const response = await app.request("/readyz");
    return { code: response.status, body: await response.json() };
  };
  assert.deepEqual(await ask(), {
    code: 200,
    body: {
      status: "ok",
      checks: [
        { name: "rooms", required: true, ok: true, reason: null },
        { name: "etcd", required: false, ok: true, reason: null },
      ],
    },
  });
  etcd = "etcd cannot be reached";
  assert.equal((await ask()).code, 200);
  const broken = healthOf("users", {
    redis: () => "Redis is gone",
    key_set: () => Promise.reject(new Error("no keys")),
  });
  const users = createApp(silentLog(), broken);
  const response = await users.request("/readyz");
  assert.equal(response.status, 503);
  assert.equal((await response.json()).reason, "Redis is gone; no keys");
  assert.equal((await users.request("/livez")).status, 200);
  assert.deepEqual((await lookAtAll(broken.checks)).map(({ ok }) => ok), [false, false]);
});

Deno.test("createApp() counts answers by the route's pattern, never by a path that a caller chose", async () => {
  const app = createApp(silentLog(), healthOf("edge", { rooms: () => null, etcd: () => null }));
  app.get("/things/:id", (c) => c.text(c.req.param("id")));
  for (const path of ["/things/1", "/things/2", "/nobody/knows/1", "/nobody/knows/2"]) {
    await app.request(path);
  }
  const counted = (route: string, status: number) =>
    valueOf(`roomcast_http_requests_total{role="edge",route="${route}",status="${status}"}`);
  assert.equal(await counted("/things/:id", 200), 2);
  assert.equal(await counted("none", 404), 2);
});

Deno.test("countCall() counts a method that nobody knows as unknown", async () => {
  const onCall = countCall("rooms", { "room.get": 1 });
  onCall("room.get", "ok", 3);
  onCall("toString", "method_not_found", 1);
  const counted = (method: string, code: string) =>
    valueOf(`roomcast_rpc_calls_total{role="rooms",method="${method}",code="${code}"}`);
  assert.equal(await counted("room.get", "ok"), 1);
  assert.equal(await counted("unknown", "method_not_found"), 1);
});

Deno.test("traces are nothing when OpenTelemetry is off, and a work's error is its caller's", async () => {
  assert.equal(traceparentOf(beginSpan("nothing")), undefined);
  await assert.rejects(
    traced("nothing", {}, () => Promise.reject(new Error("as it was"))),
    /as it was/,
  );
  assert.equal(traceIdOf("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")?.length, 32);
  assert.equal(traceIdOf("nonsense"), null);
});

Deno.test("LiveMeta takes a traceparent, and a room is no worse for one that nobody can read", () => {
  const live = {
    ...{ status: "onair", epoch: 1, liveId: "live0001", live: 1, startedAt: 1, mediaSequence: 0 },
    ...{ partFrames: 10, janusId: "j1", mixerId: "m1", standbyId: null },
  };
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  assert.equal(LiveMeta.parse({ ...live, traceparent }).traceparent, traceparent);
  assert.equal(LiveMeta.parse({ ...live, traceparent: "x".repeat(9999) }).traceparent, undefined);
  assert.equal(LiveMeta.parse(live).traceparent, undefined);
});
