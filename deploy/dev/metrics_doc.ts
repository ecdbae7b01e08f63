import { CHECKS } from "../../src/platform/checks.ts";
import type { MetricRow } from "../../src/platform/metrics/row.ts";
import { METRICS } from "../../src/platform/metrics/table.ts";
import { ROLE_NAMES } from "../../src/roles.ts";
import { type AlertGroup, SEVERITIES } from "./alerts.ts";

/** The text of docs/metrics.md, made from the tables of metrics and checks, and from the alerts that are shipped. */
export function metricsDoc(alerts: readonly AlertGroup[]): string {
  return `<!-- Made by \`./denow task docs\` from the tables: change those, not this. -->

# Metrics, health, traces, logs

${INTRODUCTION}

## Health

${HEALTH}

${markdown(["check", "what passes", "not ready without", "only shown by"], checkRows())}

## Metrics

Durations are in seconds, sizes in bytes; \`_total\` only grows. No label names a room, a person or an address.

${markdown(["metric", "type", "roles", "what it is", "labels"], metricRows())}

${NOTES}

## Alerts

The rules are in [deploy/observe/prometheus/alerts.yml](../deploy/observe/prometheus/alerts.yml).
${Object.entries(SEVERITIES).map(([name, means]) => `\`${name}\`: ${means}`).join("; ")}.

${
    markdown(
      ["alert", "severity", "what it means", "what to do"],
      alerts.flatMap(({ rules }) =>
        rules.map(({ alert, labels, annotations }) => [
          `\`${alert}\``,
          labels.severity,
          `${annotations.summary}.`,
          annotations.runbook.replaceAll("<", "\\<"),
        ])
      ),
    )
  }

## Traces

${TRACES}

## Logs

${LOGS}
`;
}

const INTRODUCTION =
  `Every role answers \`/metrics\` (Prometheus), \`/livez\` and \`/readyz\` on its own port:

\`\`\`sh by=tests/integration/observe_roles.test.ts
curl -s http://127.0.0.1:3001/metrics | grep lateness
curl -s http://127.0.0.1:3000/readyz
\`\`\`

nginx passes none of them on: they are for your own network. Bind roles to private addresses (\`ROOMCAST_BIND\`).
A process that plays several roles has one set of metrics and gives it at each role's port: scrape one of them.

In \`deploy/observe/\` are a scrape configuration, alert rules and four Grafana dashboards (overview, media, edge,
control). Copy \`prometheus/\` beside your Prometheus and put your own addresses into \`prometheus.yml\`; keep the job
names, for the dashboards go by them. Import the files of \`grafana/\` and choose your Prometheus.
In Kubernetes take \`kubernetes.yml\` in place of \`prometheus.yml\`: it finds the pods by itself, gives them the same job names,
and keeps their \`namespace\` and \`pod\`, which an adapter for scaling goes by. It asks for an account that may list and watch pods.`;

const HEALTH =
  `\`/livez\` answers 200 as long as the process runs its main thread: restart what does not answer.

\`/readyz\` answers 200 when the role can do its work, else 503, and lists every check with what is wrong, in words. A
check that is only shown never makes a role unready: the role goes on without that part, and it would help nobody to
take all of them away because one part that they share is.`;

const NOTES =
  `**Listeners** are reckoned, for nothing tells two of them apart: each reload of a playlist stands for the time
until that player's next. Right for players that keep to the rules (hls.js, Safari); a CDN that merges requests hides
all but one.

**Lost sound.** FFmpeg does not say which RTP packets were lost on the network. What listeners get instead of them can
be told: \`roomcast_frames_silent_total{when="live"}\`. Losses on the mixer's own machine are in
\`roomcast_rtp_drops_total\`. What is lost between a speaker's browser and Janus is known to Janus alone (its admin API).

**Autoscaling.** \`roomcast_node_rooms\` and \`roomcast_node_capacity_rooms\` are a media node's load, \`roomcast_sockets\` a
gateway's, \`roomcast_edge_listeners\` an edge's.`;

const TRACES =
  `Off by default, at no cost. Deno's own OpenTelemetry sends them to any OTLP collector:

\`\`\`sh by=tests/integration/observe_roles.test.ts
OTEL_DENO=true OTEL_SERVICE_NAME=roomcast-rooms OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 roomcast serve rooms
\`\`\`

On one machine, with a collector on port 4318: \`OTEL_DENO=true ./denow task dev\`.

A start is one trace through all nodes: \`room.start\` (the call) and \`room.on_air\` (until it is) at the Room Manager;
\`janus.create_room\` and \`janus.forward\` at the Janus manager; \`mixer.begin\` with \`mixer.take_port\`, then
\`mixer.start_ffmpeg\`, \`mixer.first_frame\` and \`mixer.on_air\` at the mixer. Nodes find it in livemeta
(\`traceparent\`). A move to another node begins a trace of its own (\`room.move\`) that is linked to the one before.

With \`OTEL_DENO\`, Deno also makes a span of every HTTP request. An edge answers thousands a second: leave it off
there.`;

const LOGS =
  `One JSON line each on standard output. Where they are known, a line has \`node\`, \`role\`, \`room\`, \`epoch\` and
\`trace_id\`. Tokens, PINs, passwords and SDP are never in one.`;

function checkRows(): string[][] {
  return Object.entries(CHECKS).map(([name, { means, requires, shows }]) => [
    `\`${name}\``,
    means,
    requires.join(", "),
    shows.join(", "),
  ]);
}

function metricRows(): string[][] {
  return Object.entries<MetricRow>(METRICS).map(([name, { type, roles, help, labels }]) => [
    `\`${name}\``,
    type,
    ROLE_NAMES.every((role) => roles.includes(role)) ? "all" : roles.join(", "),
    `${help}.`,
    Object.entries(labels).map(([label, means]) => `\`${label}\`: ${means}`).join("<br>"),
  ]);
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
