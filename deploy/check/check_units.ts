import { ROLE_NAMES } from "../../src/roles.ts";
import { envFile } from "./env_file.ts";
import type { Check, Finding } from "./finding.ts";
import { inlineSecrets, settingsErrors } from "./settings.ts";
import { type Directive, parseUnit } from "./unit_file.ts";

const FOLDER = "deploy/systemd";

/** The units, and the role that each plays; null: none of ours. */
const UNITS: Readonly<Record<string, string | null>> = {
  "roomcast@.service": "%i",
  "roomcast-mixer.service": "mixer",
  "roomcast-janus.service": "janus",
  "roomcast-janus-gateway.service": null,
  "roomcast-web.service": null,
};

/** How long (s) each may drain (the default of ROOMCAST_DRAIN_S), and take to stop after it. */
const DRAINS_S: Readonly<Record<string, number>> = { mixer: 120, janus: 120 };
const STOP_S = 8;

/** Directives that every unit has, with what they say. */
const HARDENING: readonly string[] = [
  "NoNewPrivileges=yes",
  "CapabilityBoundingSet=",
  "AmbientCapabilities=",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelLogs=yes",
  "ProtectControlGroups=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectProc=invisible",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "UMask=0077",
  "User=roomcast",
  "Restart=always",
];

/** The directives that our units use, by section: any other is a typing mistake, or belongs here. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  Unit: ["Description", "Documentation", "After", "Wants", "PartOf", "StartLimitIntervalSec"],
  Install: ["WantedBy"],
  Service: [
    ...HARDENING.map((line) => line.replace(/=.*$/, "")),
    ...["Type", "PIDFile", "ExecStartPre", "ExecStart", "ExecReload", "Group", "Environment"],
    ...["EnvironmentFile", "LoadCredential", "CacheDirectory", "CacheDirectoryMode"],
    ...["StateDirectory", "StateDirectoryMode", "RuntimeDirectory", "RuntimeDirectoryMode"],
    ...["LogsDirectory", "RestartSec", "KillMode", "KillSignal", "TimeoutStartSec"],
    ...["TimeoutStopSec", "LimitNOFILE", "TasksMax", "Nice", "OOMScoreAdjust", "PrivateUsers"],
    ...["RestrictAddressFamilies", "RemoveIPC", "SystemCallErrorNumber"],
    "MemoryDenyWriteExecute",
  ],
};

type Rule = (directives: readonly Directive[], role: string | null) => string[];

function values(directives: readonly Directive[], name: string): string[] {
  return directives.filter((one) => one.name === name).map(({ value }) => value);
}

const known: Rule = (directives) =>
  directives.filter(({ section, name }) => !KNOWN[section]?.includes(name))
    .map(({ section, name, line }) => `line ${line}: [${section}] has no ${name}`);

const hardened: Rule = (directives) => {
  const lines = new Set(directives.map(({ name, value }) => `${name}=${value}`));
  return HARDENING.filter((line) => !lines.has(line)).map((line) => `it does not say ${line}`);
};

const runs: Rule = (directives, role) => {
  const [start = ""] = values(directives, "ExecStart");
  if (!start.startsWith("/")) return ["ExecStart names no absolute path"];
  const jit = values(directives, "MemoryDenyWriteExecute").includes("yes");
  if (role === null) return [];
  const [, served = ""] = / serve (\S+)$/.exec(start) ?? [];
  const exists = served === "%i" || ROLE_NAMES.some((name) => name === served);
  return [
    ...(served === role && exists ? [] : [`it serves "${served}"`]),
    ...(jit ? ["V8 cannot run with MemoryDenyWriteExecute=yes"] : []),
  ];
};

/** What survives its main process is killed, and not before it had its time. */
const ends: Rule = (directives, role) => {
  const mode = values(directives, "KillMode")[0];
  const stop = Number(/^(\d+)s$/.exec(values(directives, "TimeoutStopSec")[0] ?? "")?.[1] ?? 0);
  const least = (DRAINS_S[role ?? ""] ?? 0) + STOP_S;
  return [
    ...(mode === "mixed" || mode === "control-group" ? [] : ["what it started may survive it"]),
    ...(stop > least ? [] : [`it is killed after ${stop} s, and needs ${least}`]),
    ...(role === "mixer" && mode !== "mixed" ? ["its FFmpegs end before its rooms are moved"] : []),
  ];
};

const environment: Rule = (directives) => {
  const env = environmentOf(directives);
  const credentials = values(directives, "LoadCredential").map((value) => value.split(":")[0]);
  return [
    ...settingsErrors(env),
    ...inlineSecrets(env).map((name) => `${name} holds a secret: load a credential`),
    ...Object.entries(env)
      .filter(([name, path]) =>
        name.endsWith("_FILE") && !credentials.some((one) => path === `%d/${one}`)
      )
      .map(([name, path]) => `${name} names ${path}, which is no credential of it`),
  ];
};

function environmentOf(directives: readonly Directive[]): Record<string, string> {
  const words = values(directives, "Environment").flatMap((value) => value.split(/\s+/));
  return Object.fromEntries(words.map((word) => {
    const at = word.indexOf("=");
    return [word.slice(0, at), word.slice(at + 1)];
  }));
}

const RULES: readonly Rule[] = [known, hardened, runs, ends, environment];

/** The files that hold settings parse, and the credentials that units load are those deploy/secrets.sh makes. */
function settingFiles(read: (path: string) => string): Finding[] {
  const example = `${FOLDER}/roomcast.env.example`;
  const janus = envFile(read(`${FOLDER}/janus.env.example`));
  const entrypoint = read("deploy/images/janus.sh");
  return [
    ...settingsErrors(envFile(read(example))).map((message) => ({ file: example, message })),
    ...Object.keys(janus).filter((name) => !entrypoint.includes(name))
      .map((name) => ({ file: `${FOLDER}/janus.env.example`, message: `nothing reads ${name}` })),
  ];
}

function credentials(read: (path: string) => string, directives: readonly Directive[]): string[] {
  const made = read("deploy/secrets.sh");
  return values(directives, "LoadCredential").map((value) => value.split(":")[0] ?? "")
    .filter((name) => !made.includes(name)).map((name) => `deploy/secrets.sh makes no ${name}`);
}

const DOC = "docs/deploy.md";

/** A target that nothing enables brings nothing back when the machine starts: each leads to multi-user.target. */
function boots(read: (path: string) => string, directives: readonly Directive[]): string[] {
  const enabled = [...read(DOC).matchAll(/systemctl enable (?:--now )?(\S+\.target)/g)]
    .map(([, name = ""]) => name);
  return values(directives, "WantedBy").flatMap((target) => {
    if (target === "multi-user.target") return [];
    if (!enabled.includes(target)) return [`${DOC} does not enable ${target}`];
    return values(parseUnit(read(`${FOLDER}/${target}`)), "WantedBy").includes("multi-user.target")
      ? []
      : [`${target} is not WantedBy=multi-user.target`];
  });
}

/** Holds deploy/systemd/ against the directives that systemd knows and against what Roomcast needs of it. */
export const checkUnits: Check = (read) => [
  ...Object.entries(UNITS).flatMap(([name, role]) => {
    const file = `${FOLDER}/${name}`;
    const directives = parseUnit(read(file));
    return [
      ...RULES.flatMap((rule) => rule(directives, role)),
      ...credentials(read, directives),
      ...boots(read, directives),
      ...(values(directives, "WantedBy").length > 0 ? [] : ["nothing starts it at boot"]),
    ].map((message) => ({ file, message }));
  }),
  ...settingFiles(read),
];
