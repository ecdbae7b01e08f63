import assert from "node:assert/strict";
import { z } from "zod";
import { SUBPROTOCOL } from "../../src/contracts/socket.ts";
import { CHECKS } from "../../src/platform/checks.ts";
import type { MetricRow } from "../../src/platform/metrics/row.ts";
import { METRICS } from "../../src/platform/metrics/table.ts";
import { until } from "../support/until.ts";
import { ObservedSite, PROCESSES, type Role } from "./observe_site.ts";

/** One site for all tests here: the last ones break it. */
let site: ObservedSite;
Deno.test.beforeAll(async () => {
  site = await ObservedSite.start();
  await goOnAir();
});
Deno.test.afterAll(() => site[Symbol.asyncDispose]());

const ROLES = ["rooms", "users", "gateway", "edge", "janus", "mixer"] as const;
const ROOM = "seen";

const Ready = z.object({
  status: z.string(),
  reason: z.string().optional(),
  checks: z.array(
    z.object({
      name: z.string(),
      required: z.boolean(),
      ok: z.boolean(),
      reason: z.string().nullable(),
    }),
  ),
});

async function guest(): Promise<string> {
  const response = await fetch(`${site.urls.users}/api/auth/guest`, { method: "POST" });
  return z.object({ accessToken: z.string() }).parse(await response.json()).accessToken;
}

/** Takes a room on air, and listens to some of it. */
async function goOnAir(): Promise<void> {
  const headers = {
    authorization: `Bearer ${await guest()}`,
    "content-type": "application/json",
  };
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${site.urls.rooms}${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, await response.text());
  };
  await post("/api/rooms", { id: ROOM, title: "Seen" });
  await post(`/api/rooms/${ROOM}/start`, {});
  await until("the room to be on air", async () => {
    const response = await fetch(`${site.urls.rooms}/api/rooms/${ROOM}`);
    return z.object({ state: z.string() }).parse(await response.json()).state === "on_air";
  });
  const playlist = async (query: string) => {
    const response = await fetch(`${site.urls.edge}/hls/${ROOM}/live.m3u8${query}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text;
  };
  const text = await playlist("");
  const [, msn] = /#EXT-X-PRELOAD-HINT:.*\/(\d+)\.\d+\.m4s/.exec(text) ?? [];
  await playlist(`?_HLS_msn=${msn}&_HLS_part=4`);
}

/** A role's metrics: the value of each series, by the line's text before it. */
async function metricsOf(role: Role): Promise<Map<string, number>> {
  const response = await fetch(`${site.urls[role]}/metrics`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  const lines = (await response.text()).split("\n").filter((line) => /^[a-z]/.test(line));
  return new Map(lines.map((line) => {
    const end = line.lastIndexOf(" ");
    return [line.slice(0, end), Number(line.slice(end + 1))];
  }));
}

Deno.test("/metrics gives, on every role, what the table says its process has, and nothing else", async () => {
  for (const role of ROLES) {
    const names = [...(await metricsOf(role)).keys()].map((series) => series.split("{")[0] ?? "");
    const known = new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, "")));
    const played: readonly string[] = Object.values(PROCESSES).find((roles) =>
      roles.some((one) => one === role)
    ) ?? [];
    for (const name of known) {
      const row = Object.entries<MetricRow>(METRICS).find(([key]) => key === name)?.[1];
      assert.ok(row?.roles.some((one) => played.includes(one)), `${role}: ${name}`);
    }
    for (const name of ["process_cpu_seconds_total", "roomcast_build_info"]) {
      assert.ok(known.has(name), `${role}: ${name}`);
    }
  }
});

Deno.test("/metrics says what became of a broadcast that was started and listened to", async () => {
  const token = await guest();
  const socket = new WebSocket(`${site.urls.gateway.replace("http", "ws")}/ws`, [
    SUBPROTOCOL,
    `jwt.${token}`,
  ]);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const answered = new Promise((resolve) => socket.onmessage = resolve);
  socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "surprise" }));
  await answered;
  const near = await metricsOf("rooms");
  const media = await metricsOf("janus");
  const atLeast = (metrics: Map<string, number>, least: number, series: string) =>
    assert.ok((metrics.get(series) ?? 0) >= least, `${series} is ${metrics.get(series)}`);
  assert.equal(near.get('roomcast_rooms{state="on_air"}'), 1);
  assert.equal(near.get('roomcast_nodes{kind="mixer",state="ready"}'), 1);
  assert.equal(near.get('roomcast_starts_total{outcome="on_air"}'), 1);
  assert.equal(near.get("roomcast_start_seconds_count"), 1);
  assert.equal(near.get("roomcast_sockets"), 1);
  atLeast(
    near,
    1,
    'roomcast_rpc_calls_total{role="gateway",method="unknown",code="method_not_found"}',
  );
  atLeast(
    near,
    1,
    'roomcast_http_requests_total{role="rooms",route="/api/rooms/:id/start",status="200"}',
  );
  atLeast(
    near,
    1,
    'roomcast_http_requests_total{role="edge",route="hls_playlist_blocking",status="200"}',
  );
  atLeast(near, 1, 'roomcast_edge_lookups_total{result="fetch"}');
  atLeast(near, 0.2, 'roomcast_edge_listened_seconds_total{player="low_latency"}');
  atLeast(near, 0.01, 'roomcast_edge_listeners{player="low_latency"}');
  atLeast(near, 1, 'roomcast_check_passing{role="gateway",check="redis",required="no"}');
  atLeast(near, 1, 'roomcast_etcd_request_seconds_count{request="commit",outcome="ok"}');
  atLeast(near, 1, 'roomcast_watch_lag_seconds_count{prefix="/rooms/"}');
  assert.equal(media.get('roomcast_streams{status="on_air"}'), 1);
  assert.equal(media.get("roomcast_ffmpeg_processes"), 1);
  assert.equal(media.get("roomcast_janus_rooms"), 1);
  assert.equal(media.get('roomcast_node_rooms{kind="mixer"}'), 1);
  assert.equal(media.get('roomcast_lease_held{kind="janus"}'), 1);
  atLeast(media, 10, "roomcast_frames_placed_total");
  atLeast(media, 1, "roomcast_part_lateness_seconds_count");
  atLeast(media, 1, 'roomcast_janus_request_seconds_count{request="rtp_forward",outcome="ok"}');
  atLeast(media, 1, 'roomcast_http_requests_total{role="mixer",route="hls_part",status="200"}');
  await until("a lease to be renewed", async () => {
    const margins = await metricsOf("mixer");
    const count = margins.get('roomcast_lease_margin_seconds_count{kind="mixer"}') ?? 0;
    return count > 0 &&
      (margins.get('roomcast_lease_margin_seconds_sum{kind="mixer"}') ?? 0) > count;
  });
  socket.close();
  await until(
    "the socket to be counted as over",
    async () =>
      (await metricsOf("gateway")).get('roomcast_socket_closes_total{reason="goodbye"}') === 1,
  );
});

Deno.test("a start is one trace through the Room Manager, Janus manager and mixer", async () => {
  const wanted = {
    "room.start": "near",
    "room.on_air": "near",
    "janus.create_room": "media",
    "janus.forward": "media",
    "mixer.begin": "media",
    "mixer.take_port": "media",
    "mixer.start_ffmpeg": "media",
    "mixer.first_frame": "media",
    "mixer.on_air": "media",
  };
  const spans = await until("all spans", () => {
    const start = site.spans.find(({ name }) => name === "room.start");
    const ours = site.spans.filter(({ traceId }) => traceId === start?.traceId);
    return Object.keys(wanted).every((name) => ours.some((span) => span.name === name)) && ours;
  });
  const named = (name: string) => spans.find((span) => span.name === name);
  for (const [name, service] of Object.entries(wanted)) {
    assert.equal(named(name)?.service, service, name);
    if (name === "room.start") continue;
    const parent = name === "mixer.take_port" ? "mixer.begin" : "room.start";
    assert.equal(named(name)?.parentSpanId, named(parent)?.spanId, name);
  }
  const call = await until(
    "the span of the HTTP request",
    () => site.spans.find(({ spanId }) => spanId === named("room.start")?.parentSpanId),
  );
  assert.deepEqual([call.service, call.traceId], ["near", named("room.start")?.traceId]);
});

Deno.test("log lines about a room say which, its epoch, its trace and the node", async () => {
  const { traceId } = site.spans.find(({ name }) => name === "room.start") ?? {};
  assert.match(traceId ?? "", /^[0-9a-f]{32}$/);
  const [near, media] = [await site.lines("near"), await site.lines("media")];
  for (const line of near) assert.equal(line["node"], "near", JSON.stringify(line));
  for (const line of media) assert.equal(line["node"], "media", JSON.stringify(line));
  const about = [...near, ...media].filter((line) => line["room"] === ROOM && "epoch" in line);
  const said = new Set(about.map((line) => line["msg"]));
  for (const msg of ["room started", "stream begun", "changing Janus"]) {
    assert.ok(said.has(msg), msg);
  }
  for (const line of about) {
    assert.equal(line["epoch"], 1);
    assert.equal(line["trace_id"], traceId, JSON.stringify(line));
    assert.ok(ROLES.some((role) => role === line["role"]), JSON.stringify(line));
  }
});

Deno.test("a move is a trace of its own, linked to the one before, and the new mixer is part of it", async () => {
  const start = site.spans.find(({ name }) => name === "room.start");
  await site.move();
  const begun = await until(
    "the spare mixer's stream",
    () => site.spans.find(({ name, service }) => service === "spare" && name === "mixer.begin"),
  );
  const move = await until(
    "the move",
    () => site.spans.find(({ spanId }) => spanId === begun.parentSpanId),
  );
  assert.deepEqual([move.name, move.service, move.parentSpanId], ["room.move", "near", ""]);
  assert.notEqual(move.traceId, start?.traceId);
  assert.deepEqual(move.links.map(({ traceId }) => traceId), [start?.traceId]);
});

Deno.test("/readyz lists each check of the table, and what is wrong when Redis is gone", async () => {
  const ready = async (role: Role) => {
    const response = await fetch(`${site.urls[role]}/readyz`);
    return { code: response.status, ...Ready.parse(await response.json()) };
  };
  for (const role of ROLES) {
    const { code, checks } = await ready(role);
    const wanted = Object.entries(CHECKS).filter(([, { requires, shows }]) =>
      [...requires, ...shows].some((one) => one === role)
    );
    assert.deepEqual(checks.map(({ name }) => name).sort(), wanted.map(([name]) => name).sort());
    assert.ok(checks.every(({ ok, reason }) => ok && reason === null), JSON.stringify(checks));
    assert.equal(code, 200);
  }
  site.redis.kill("SIGKILL");
  await site.redis.ended;
  const users = await until("the users to notice", async () => {
    const answer = await ready("users");
    return answer.code === 503 && answer;
  });
  assert.match(users.reason ?? "", /Redis/);
  const gateway = await until("the gateway to notice", async () => {
    const answer = await ready("gateway");
    return answer.checks.some(({ ok }) => !ok) && answer;
  });
  assert.equal(gateway.code, 200, "people who are in a room can do without");
  const redis = gateway.checks.find(({ name }) => name === "redis");
  assert.deepEqual({ ...redis, reason: "" }, {
    name: "redis",
    required: false,
    ok: false,
    reason: "",
  });
});
