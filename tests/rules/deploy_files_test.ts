import assert from "node:assert/strict";
import { checkAll } from "../../deploy/check/check_all.ts";
import { composeDocument, ComposeFile, interpolate } from "../../deploy/check/compose.ts";
import { readProject } from "../../deploy/check/project.ts";
import { parseUnit } from "../../deploy/check/unit_file.ts";
import { ROOT } from "../../deploy/dev/root.ts";
import { projectFiles } from "./support.ts";

const COMPOSE = "deploy/compose.yaml";
const KUBERNETES = "deploy/kubernetes";
const PROMETHEUS = "deploy/observe/prometheus/prometheus.yml";
const IN_CLUSTER = "deploy/observe/prometheus/kubernetes.yml";
const UNITS = "deploy/systemd";

Deno.test("the deploy files fit their public schemas, and the code", () => {
  assert.deepEqual(checkAll(readProject), []);
});

/** What somebody might do to a file, and what is said of it then. */
const MISTAKES: readonly (readonly [file: string, from: string, to: string, said: RegExp])[] = [
  [COMPOSE, "stop_signal:", "stop_signals:", /properties \("stop_signals"\)/],
  [COMPOSE, "ROOMCAST_LOG_LEVEL:", "ROOMCAST_LOGLEVEL:", /no setting ROOMCAST_LOGLEVEL/],
  [COMPOSE, '"30999"', '"29999"', /ROOMCAST_RTP_MAX: it must be above/],
  [COMPOSE, "ROOMCAST_ETCD: http://etcd:2379", "ROOMCAST_ETCD: http://etcd:2380", /listen on 2380/],
  [COMPOSE, "/run/secrets/redis_url", "/run/secrets/redis", /names \/run\/secrets\/redis, which/],
  [
    COMPOSE,
    "ROOMCAST_REDIS_FILE: /run/secrets/redis_url",
    "ROOMCAST_REDIS: redis://me:hunter2@redis",
    /ROOMCAST_REDIS holds a secret/,
  ],
  [COMPOSE, "target: mixer", "target: mixers", /no target mixers/],
  [COMPOSE, "stop_grace_period: 150s", "stop_grace_period: 100s", /killed after 100 s/],
  [COMPOSE, "max-size", "max-files", /its log grows/],
  [COMPOSE, "max-size", "max-file", /Map keys must be unique/],
  [COMPOSE, "gateway-3:\n    <<", "gate-3:\n    <<", /there are 2 services like \^gateway/],
  [COMPOSE, "${GUESTS:-true}", "${GUEST:-true}", /GUEST of compose.yaml is not explained/],
  [
    COMPOSE,
    'gateway-2: "${NET:-172.28}.1.32"',
    'gateway-2: "${NET:-172.28}.1.99"',
    /extra_hosts do not lead to gateway-2/,
  ],
  [COMPOSE, "redis:7.4.5-bookworm", "redis:latest", /redis:latest names no version/],
  ["deploy/compose/upstreams.conf", "gateway-2:8082", "gateway-2:8089", /--write/],
  [PROMETHEUS, '"edge-2:8090"', '"edge-3:8090"', /edge-2:8090 is not looked at/],
  ["Dockerfile", "USER 10001:10001\nVOLUME", "VOLUME", /mixer runs as root/],
  ["Dockerfile", "debian:12.12-slim AS base", "debian:stable AS base", /names no exact version/],
  ["Dockerfile", "ARG REVISION", "ARG API_TOKEN\nARG REVISION", /secret would stay/],
  ["Dockerfile", 'CMD ["roomcast-janus"]', "CMD roomcast-janus", /write a JSON list/],
  ["Dockerfile", "COPY src src", "COPY source source", /there is no source/],
  ["Dockerfile", "COPY src src", "COPY tests tests", /keeps tests out/],
  ["Dockerfile", "COPY web web", "ADD https://example.org/web.tar web", /use COPY/],
  ["Dockerfile", "--no-install-recommends ffmpeg", "ffmpeg", /leaves things behind/],
  [
    "Dockerfile",
    "--no-install-recommends janus",
    "--no-install-recommends janus ffmpeg",
    /janus has FFmpeg/,
  ],
  [`${KUBERNETES}/edge.yaml`, "topologyKey", "topologykey", /additional properties|required/],
  [`${KUBERNETES}/edge.yaml`, "containerPort: 8090", "containerPort: 8091", /listens on 8090/],
  [`${KUBERNETES}/edge.yaml`, "roomcast_edge_listeners", "roomcast_edge_ears", /nothing exports/],
  [
    `${KUBERNETES}/edge.yaml`,
    "spec:\n",
    "spec:\n  replicas: 2\n",
    /edge is scaled, and names replicas/,
  ],
  [`${KUBERNETES}/edge.yaml`, 'io/port: "8090"', 'io/port: "8091"', /is not asked just once/],
  [
    `${KUBERNETES}/mixer.yaml`,
    "{ app: mixer } }\n---",
    "{ app: janus } }\n---",
    /selects a DaemonSet/,
  ],
  [`${KUBERNETES}/mixer.yaml`, '"22999"', '"30000"', /22000 to 30000 are ports of NodePorts/],
  [`${KUBERNETES}/mixer.yaml`, "ROOMCAST_RTP_MAX, value", "X, value", /30999 are/],
  [`${KUBERNETES}/janus.yaml`, '"21999"', '"22000"', /are ports of janus/],
  [`${KUBERNETES}/janus.yaml`, ", optional: true", "", /no config map janus-public-ips/],
  [IN_CLUSTER, "pod_label_app]", "pod_label_role]", /roomcast-edge .* is not asked just once/],
  [
    IN_CLUSTER,
    "port_name]\n        regex: http",
    "port_name]",
    /roomcast-janus .* not asked just once/,
  ],
  [
    IN_CLUSTER,
    "target_label: pod",
    "target_label: pods",
    /roomcast-edge .* is not asked just once/,
  ],
  [IN_CLUSTER, "relabel_configs:", "relabel_config:", /relabel_config/],
  [IN_CLUSTER, "[roomcast]", "[default]", /nothing of ours is in default/],
  [`${KUBERNETES}/gateway.yaml`, "value: /run/secrets/redis_url", "value: /redis", /not mounted/],
  [
    `${KUBERNETES}/mixer.yaml`,
    "terminationGracePeriodSeconds: 150",
    "terminationGracePeriodSeconds: 60",
    /killed after 60 s/,
  ],
  [`${KUBERNETES}/mixer.yaml`, "ROOMCAST_MIXER_CAPACITY", "ROOMCAST_MIXERS_CAPACITY", /no setting/],
  [`${KUBERNETES}/janus.yaml`, "restartPolicy: Always", "", /janus: it is no sidecar/],
  [`${KUBERNETES}/rooms.yaml`, "runAsNonRoot: true", "runAsNonRoot: false", /runAsNonRoot/],
  [
    `${KUBERNETES}/rooms.yaml`,
    "targetPort: http",
    "targetPort: web",
    /no container has a port web/,
  ],
  [
    `${KUBERNETES}/settings.env`,
    "ROOMCAST_GUESTS=true",
    "ROOMCAST_GUESTS=perhaps",
    /ROOMCAST_GUESTS/,
  ],
  [`${KUBERNETES}/kustomization.yaml`, "newTag: 0.1.0", "newTag: 0.0.9", /not of version/],
  [`${UNITS}/roomcast-mixer.service`, "KillMode=mixed", "KillMode=process", /may survive it/],
  [
    `${UNITS}/roomcast-mixer.service`,
    "TimeoutStopSec=150s",
    "TimeoutStopSec=90s",
    /killed after 90 s/,
  ],
  [
    `${UNITS}/roomcast-mixer.service`,
    "LockPersonality=yes",
    "LockPersonalty=yes",
    /has no LockPersonalty/,
  ],
  [
    `${UNITS}/roomcast-mixer.service`,
    "UMask",
    "MemoryDenyWriteExecute=yes\nUMask",
    /V8 cannot run/,
  ],
  [`${UNITS}/roomcast-mixer.service`, "WantedBy", "RequiredBy", /nothing starts it at boot/],
  [`${UNITS}/roomcast.target`, "multi-user.target", "web.target", /is not WantedBy=multi-user/],
  ["docs/deploy.md", "enable --now roomcast.target", "status", /does not enable roomcast.target/],
  [`${UNITS}/roomcast-janus.service`, "serve janus", "serve jamus", /serves "jamus"/],
  [`${UNITS}/roomcast@.service`, "=%d/redis_url", "=/etc/redis_url", /no credential of it/],
];

Deno.test("checkAll() says what is wrong when somebody makes a mistake", () => {
  for (const [file, from, to, said] of MISTAKES) {
    const text = readProject(file);
    assert.ok(text.includes(from), `${file} has no "${from}"`);
    const findings = checkAll((path) => path === file ? text.replace(from, to) : readProject(path));
    const lines = findings.map((one) => `${one.file}: ${one.message}`);
    assert.ok(lines.some((line) => said.test(line)), `${from} → ${to}: ${lines.join("\n")}`);
  }
});

Deno.test("interpolate() fills in what Compose would, and refuses a name without a value", () => {
  const env = { A: "1", EMPTY: "" };
  assert.equal(interpolate("$A ${A} ${B:-2} ${EMPTY:-3} ${C:-} $$A", env), "1 1 2 3  $A");
  assert.throws(() => interpolate("${B}", env), /B has no value/);
});

Deno.test("parseUnit() reads sections and passes over comments when a directive is empty, too", () => {
  assert.deepEqual(parseUnit("# a\n[Unit]\nAfter=b c\n\n[Service]\n;x\nType=exec\nUMask="), [
    { section: "Unit", name: "After", value: "b c", line: 3 },
    { section: "Service", name: "Type", value: "exec", line: 7 },
    { section: "Service", name: "UMask", value: "", line: 8 },
  ]);
});

Deno.test("upgrade.sh renews every service that runs by default", () => {
  const script = readProject("deploy/upgrade.sh");
  const patterns = [...script.matchAll(/for pattern in ([^;]+);|renew ([a-z-]+)$/gm)]
    .flatMap(([, list, one]) => (list ?? one ?? "").replaceAll("'", "").split(" "));
  const renewed = new RegExp(`^(${patterns.join("|").replaceAll("*", ".*")}|janus-.*)$`);
  const file = ComposeFile.parse(composeDocument(readProject(COMPOSE), {}));
  const forgotten = Object.entries(file.services)
    .filter(([name, { profiles }]) => profiles.length === 0 && !renewed.test(name));
  assert.deepEqual(forgotten.map(([name]) => name), []);
  assert.match("mixer-9", renewed);
  assert.doesNotMatch("grafana", renewed);
});

Deno.test("every script of deploy/ is one that its shell can read", async () => {
  const scripts = (await projectFiles()).filter((path) => /^deploy\/.*\.sh$/.test(path));
  assert.ok(scripts.length >= 5);
  for (const path of scripts) {
    const shell = readProject(path).startsWith("#!/bin/bash") ? "bash" : "sh";
    const { success, stderr } = await new Deno.Command(shell, { args: ["-n", path], cwd: ROOT })
      .output();
    assert.ok(success, `${path}: ${new TextDecoder().decode(stderr)}`);
  }
});
