import assert from "node:assert/strict";
import { parse } from "yaml";
import { z } from "zod";
import { ALERTS_FILE, readAlerts } from "../../deploy/dev/alerts.ts";
import { CHECKS } from "../../src/platform/checks.ts";
import type { MetricRow } from "../../src/platform/metrics/row.ts";
import { METRICS } from "../../src/platform/metrics/table.ts";
import { ROLE_NAMES } from "../../src/roles.ts";
import { metricsIn, wrongWith } from "./promql.ts";
import { projectFiles, readProject } from "./support.ts";

const DATASOURCE = z.object({ type: z.literal("prometheus"), uid: z.literal("${datasource}") });
const Target = z.object({
  datasource: DATASOURCE,
  expr: z.string(),
  legendFormat: z.string(),
  refId: z.string().regex(/^[A-Z]$/),
});
const Panel = z.object({
  id: z.number().int().positive(),
  title: z.string().min(1),
  type: z.enum(["row", "timeseries", "stat", "heatmap", "table", "state-timeline"]),
  gridPos: z.object({
    x: z.number().int().min(0),
    y: z.number().int().min(0),
    w: z.number().int().min(1).max(24),
    h: z.number().int().min(1),
  }),
  targets: z.array(Target).default([]),
});
const Dashboard = z.object({
  uid: z.string().regex(/^roomcast-[a-z]+$/),
  title: z.string(),
  schemaVersion: z.number().int().min(36),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), definition: z.string().optional() })),
  }),
  annotations: z.object({ list: z.array(z.object({ expr: z.string() })) }),
  panels: z.array(Panel).min(1),
});

async function dashboards() {
  const paths = (await projectFiles()).filter((path) => path.startsWith("deploy/observe/grafana/"));
  assert.ok(paths.length >= 4);
  return await Promise.all(paths.map(async (path) => ({
    path,
    ...Dashboard.parse(JSON.parse(await readProject(path))),
  })));
}

Deno.test("METRICS have names that say their units, and labels of few values", () => {
  for (const [name, row] of Object.entries<MetricRow>(METRICS)) {
    assert.match(name, /^(roomcast|process)_[a-z]+(_[a-z]+)*$/);
    assert.equal(name.endsWith("_total"), row.type === "counter", name);
    assert.equal(row.buckets !== undefined, row.type === "histogram", name);
    if (row.type === "histogram") assert.match(name, /_(seconds|bytes)$/);
    assert.deepEqual([...row.buckets ?? []].sort((a, b) => a - b), row.buckets ?? [], name);
    assert.match(row.help, /^[A-Z0-9].*[^.]$/, name);
    for (const label of Object.keys(row.labels)) {
      assert.match(label, /^[a-z]+$/, name);
      assert.ok(!["room", "live", "user", "address", "path"].includes(label), `${name}: ${label}`);
    }
    assert.ok(row.roles.length > 0 && row.roles.every(isRole), name);
  }
});

Deno.test("CHECKS name roles that there are, and every role has one that it requires", () => {
  const required = new Set<string>();
  for (const [name, { means, requires, shows }] of Object.entries(CHECKS)) {
    assert.match(means, /^[A-Za-z]/, name);
    assert.ok([...requires, ...shows].every(isRole), name);
    for (const role of requires) required.add(role);
  }
  assert.deepEqual([...required].sort(), [...ROLE_NAMES].sort());
});

Deno.test("every alert asks for metrics and labels that exist, and has a name of its own", async () => {
  const rules = (await readAlerts()).flatMap((group) => group.rules);
  const names = rules.map(({ alert }) => alert);
  assert.equal(new Set(names).size, names.length);
  for (const { alert, expr } of rules) assert.deepEqual(wrongWith(expr), [], alert);
});

Deno.test("every dashboard asks for metrics and labels that exist, and its panels do not overlap", async () => {
  const boards = await dashboards();
  assert.equal(new Set(boards.map(({ uid }) => uid)).size, boards.length);
  for (const { path, panels, templating, annotations } of boards) {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, path);
    for (const { title, type, targets } of panels) {
      assert.equal(targets.length === 0, type === "row", `${path}: ${title}`);
      for (const { expr } of targets) assert.deepEqual(wrongWith(expr), [], `${path}: ${title}`);
    }
    for (const { expr } of annotations.list) assert.deepEqual(wrongWith(expr), [], path);
    for (const { definition } of templating.list) {
      const [, selector] = /^label_values\((.*), \w+\)$/.exec(definition ?? "") ?? [];
      if (definition !== undefined) assert.deepEqual(wrongWith(selector ?? ""), [], path);
    }
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      assert.ok(x + w <= 24, path);
      return Array.from({ length: w * h }, (_, i) => `${x + i % w} ${y + Math.floor(i / w)}`);
    });
    assert.equal(new Set(cells).size, cells.length, path);
  }
});

Deno.test("every metric is on a dashboard", async () => {
  const shown = new Set(
    (await dashboards()).flatMap(({ panels }) =>
      panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr)))
    ),
  );
  assert.deepEqual(Object.keys(METRICS).filter((name) => !shown.has(name)), []);
});

Deno.test("the example for Prometheus has a job for every role, and loads the alerts", async () => {
  const Scraping = z.strictObject({
    global: z.strictObject({ scrape_interval: z.string(), evaluation_interval: z.string() }),
    rule_files: z.tuple([z.literal("alerts.yml")]),
    scrape_configs: z.array(z.strictObject({
      job_name: z.string(),
      static_configs: z.array(z.strictObject({ targets: z.array(z.string()).min(1) })),
    })),
  });
  const text = await readProject(ALERTS_FILE.replace("alerts.yml", "prometheus.yml"));
  const { scrape_configs } = Scraping.parse(parse(text));
  assert.deepEqual(
    scrape_configs.map(({ job_name }) => job_name).sort(),
    ROLE_NAMES.map((role) => `roomcast-${role}`).sort(),
  );
});

Deno.test("nginx passes on nothing that a role tells of itself", async () => {
  const paths = (await projectFiles()).filter((path) => /^nginx\/.*\.conf$/.test(path));
  const text = (await Promise.all(paths.map(readProject))).join("\n");
  const locations = [...text.matchAll(/^\s*location\s+(?:(=|~\*?|\^~)\s+)?(\S+)\s*\{([^}]*)/gm)];
  assert.ok(locations.length > 5);
  for (const [, how, path = "", body = ""] of locations) {
    if (!body.includes("proxy_pass") || path.startsWith("@")) continue;
    for (const own of ["/metrics", "/livez", "/readyz", "/streams"]) {
      const matches = how === "="
        ? own === path
        : how?.startsWith("~")
        ? new RegExp(path).test(own)
        : own.startsWith(path);
      assert.ok(!matches, `location ${path} passes ${own} on`);
    }
  }
});

Deno.test("wrongWith() finds broken PromQL, and metrics and labels that do not exist", () => {
  assert.deepEqual(wrongWith('sum by (state) (roomcast_rooms{state="idle"})'), []);
  for (
    const bad of [
      "sum(rate(roomcast_starts_total[5m])",
      "roomcast_room",
      "rate(roomcast_start_seconds[5m])",
      "roomcast_rooms_bucket",
      'roomcast_rooms{status="idle"}',
      "sum by (kind) (roomcast_rooms)",
      "1 > 0",
    ]
  ) assert.notDeepEqual(wrongWith(bad), [], bad);
});

function isRole(name: string): boolean {
  return ROLE_NAMES.some((role) => role === name);
}
