import { inTime } from "./in_time.ts";
import type { Running } from "./lifecycle.ts";
import { collect } from "./metrics.ts";

/**
 * The one table of what `/readyz` looks at. Whoever `requires` a check answers 503 while it fails; whoever `shows` it
 * only says so, for it can do its work without: an outage of a part that all share must not take all away.
 */
export const CHECKS = {
  etcd: {
    means: "etcd answers",
    requires: ["rooms", "janus", "mixer"],
    shows: ["gateway", "edge"],
  },
  rooms: {
    means: "The rooms have been read from etcd since the start",
    requires: ["gateway", "edge"],
    shows: [],
  },
  redis: { means: "Redis answers", requires: ["users"], shows: ["rooms", "gateway"] },
  key_set: {
    means: "The keys that tokens are signed with, or checked with, are known",
    requires: ["users"],
    shows: ["rooms", "gateway"],
  },
  janus: { means: "This node's Janus answers", requires: ["janus"], shows: [] },
  lease: {
    means: "The heartbeat worker holds this node's lease",
    requires: ["janus", "mixer"],
    shows: [],
  },
  port_pool: { means: "The worker that gives RTP ports answers", requires: ["mixer"], shows: [] },
  ffmpeg: { means: "FFmpeg can be run", requires: ["mixer"], shows: [] },
  open: {
    means: "The process takes new work: it is not shutting down",
    requires: ["gateway"],
    shows: [],
  },
} as const satisfies Record<
  string,
  { means: string; requires: readonly string[]; shows: readonly string[] }
>;
export type CheckName = keyof typeof CHECKS;

type RolesOf<C extends CheckName> =
  | typeof CHECKS[C]["requires"][number]
  | typeof CHECKS[C]["shows"][number];
export type CheckedRole = RolesOf<CheckName>;
type ChecksOf<R extends CheckedRole> = {
  [C in CheckName]: R extends RolesOf<C> ? C : never;
}[CheckName];

/** Says what is wrong, or null: the check passes. */
export type Look = () => string | null | Promise<string | null>;

export interface Check {
  readonly name: CheckName;
  /** Whether the role is not ready while it fails. */
  readonly required: boolean;
  readonly look: Look;
}

/** A role, and what it says of its own health. */
export interface Health {
  readonly role: CheckedRole;
  readonly checks: readonly Check[];
}

/** What came of a check. */
export interface CheckResult {
  readonly name: CheckName;
  readonly required: boolean;
  readonly ok: boolean;
  /** What is wrong, in words; null when it passes. */
  readonly reason: string | null;
}

/** How long (ms) a look may take. */
const LIMIT_MS = 1500;

/** A role's health: how to look at each of the checks that the table wants of it. */
export function healthOf<R extends CheckedRole>(
  role: R,
  looks: Readonly<Record<ChecksOf<R>, Look>>,
): Health {
  const checks = Object.entries<Look>(looks).flatMap(([text, look]): Check[] => {
    const name = checkNamed(text);
    if (name === null) return [];
    const requires: readonly string[] = CHECKS[name].requires;
    return [{ name, required: requires.includes(role), look }];
  });
  return { role, checks };
}

/** Looks at all of them, side by side. Never rejects. */
export function lookAtAll(checks: readonly Check[]): Promise<CheckResult[]> {
  return Promise.all(checks.map(async ({ name, required, look }) => {
    const reason = await lookOnce(look);
    return { name, required, ok: reason === null, reason };
  }));
}

/** Gives the checks as metrics. */
export function checkMetrics({ role, checks }: Health): Running {
  const end = collect("roomcast_check_passing", async () => {
    const results = await lookAtAll(checks);
    return results.map(({ name, required, ok }) => ({
      labels: { role, check: name, required: required ? "yes" : "no" },
      value: ok ? 1 : 0,
    }));
  });
  return { stop: () => Promise.resolve(end()) };
}

async function lookOnce(look: Look): Promise<string | null> {
  try {
    return await inTime(Promise.resolve(look()), LIMIT_MS, "no answer in time");
  } catch (err) {
    return err instanceof Error ? err.message : String(err);
  }
}

function checkNamed(text: string): CheckName | null {
  return Object.hasOwn(CHECKS, text) ? text as CheckName : null;
}
