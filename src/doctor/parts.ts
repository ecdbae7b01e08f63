import { findCommand, systemPath } from "./find.ts";

/** A program of the system that Roomcast runs beside itself. */
export interface Part {
  readonly name: string;
  readonly command: string;
  /** The Debian package that brings it. */
  readonly package: string;
  readonly what: string;
  /** The oldest version that is known to work; null: any. */
  readonly minimum: string | null;
  readonly versionArgs: readonly string[];
  /** Finds the version in what the command prints. */
  readonly versionPattern: RegExp;
  /** True: only the tests need it. */
  readonly testsOnly?: boolean;
}

/** The one table of system parts. The launcher installs from it and the doctor checks against it. */
export const PARTS: readonly Part[] = [
  {
    name: "etcd",
    command: "etcd",
    package: "etcd-server",
    what: "holds what rooms should be and what they are",
    minimum: "3.4",
    versionArgs: ["--version"],
    versionPattern: /etcd Version: ([\d.]+)/,
  },
  {
    name: "Redis",
    command: "redis-server",
    package: "redis-server",
    what: "holds accounts, sessions, seats and chat",
    minimum: "6.2",
    versionArgs: ["--version"],
    versionPattern: /v=([\d.]+)/,
  },
  {
    name: "Janus",
    command: "janus",
    package: "janus",
    what: "mixes the people who speak",
    minimum: "1.1",
    versionArgs: ["--version"],
    versionPattern: /Janus version: \d+ \(([\d.]+)\)/,
  },
  {
    name: "FFmpeg",
    command: "ffmpeg",
    package: "ffmpeg",
    what: "turns the mix into AAC",
    minimum: "5.1",
    versionArgs: ["-version"],
    versionPattern: /ffmpeg version \D*([\d.]+)/,
  },
  {
    name: "nginx",
    command: "nginx",
    package: "nginx-light",
    what: "is the front door",
    minimum: "1.18",
    versionArgs: ["-v"],
    versionPattern: /nginx\/([\d.]+)/,
  },
  {
    name: "setpriv",
    command: "setpriv",
    package: "util-linux",
    what: "ends a child when its parent dies",
    minimum: "2.33",
    versionArgs: ["--version"],
    versionPattern: /util-linux ([\d.]+)/,
  },
  {
    name: "Chromium",
    command: "chromium",
    package: "chromium",
    what: "plays the people in the end-to-end tests",
    minimum: null,
    versionArgs: ["--version"],
    versionPattern: /Chromium ([\d.]+)/,
    testsOnly: true,
  },
  ...["curl", "jq", "etcdctl"].map((command): Part => ({
    name: command,
    command,
    package: command === "etcdctl" ? "etcd-client" : command,
    what: "runs the commands that the documents show",
    minimum: null,
    versionArgs: command === "etcdctl" ? ["version"] : ["--version"],
    versionPattern: /([\d.]+)/,
    testsOnly: true,
  })),
  {
    name: "coturn",
    command: "turnserver",
    package: "coturn",
    what: "relays sound for people behind strict firewalls",
    minimum: "4.5",
    versionArgs: ["--version"],
    versionPattern: /^([\d.]+)/m,
    testsOnly: true,
  },
];

/** What is known of a part on this machine. `version` is null when it does not say. */
export type PartState =
  | { readonly found: false }
  | { readonly found: true; readonly path: string; readonly version: string | null };

/** Looks for a part and asks it for its version. */
export async function inspectPart(part: Part): Promise<PartState> {
  const path = findCommand(part.command);
  if (path === null) return { found: false };
  try {
    const output = await new Deno.Command(path, {
      args: [...part.versionArgs],
      env: { PATH: systemPath() },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const text = decoder.decode(output.stdout) + decoder.decode(output.stderr);
    return { found: true, path, version: part.versionPattern.exec(text)?.[1] ?? null };
  } catch {
    return { found: true, path, version: null };
  }
}

/** Whether a version is at least the minimum, number by number: "5.1.9" is at least "5.1". */
export function atLeast(version: string, minimum: string): boolean {
  const have = version.split(".").map(Number);
  const want = minimum.split(".").map(Number);
  for (const [index, number] of want.entries()) {
    const other = have[index] ?? 0;
    if (other !== number) return other > number;
  }
  return true;
}
