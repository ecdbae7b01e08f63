import type { Running } from "../../src/platform/lifecycle.ts";
import { systemPath } from "../../src/doctor/find.ts";

/** A user of the system, and its group. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export interface ProcessOptions {
  /** What people call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The user it runs as; default: the one who calls. */
  readonly user?: Identity;
  readonly env?: Readonly<Record<string, string>>;
  /** True: `env` is the whole environment. */
  readonly clearEnv?: boolean;
  /** Where its output goes. */
  readonly logFile: string;
  /** The signal that asks it to end. Default SIGTERM. */
  readonly stopSignal?: Deno.Signal;
  /** What the kernel sends it when this process dies. Default KILL; TERM for one that has children to end. */
  readonly deathSignal?: "KILL" | "TERM";
}

/** A child that dies with this process, however this process ends. */
export interface LocalProcess extends Running {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
}

/** How long (ms) a process may take to end before it is killed. */
const STOP_GRACE_MS = 5000;

/**
 * Starts a process whose output goes to a file. The kernel kills it when this process dies
 * (`setpriv --pdeathsig`), so that nothing is left behind after a crash. It has a session of its own, so that
 * Ctrl-C reaches this process alone, which then stops its children in order.
 *
 * @throws Deno.errors.NotFound when the command does not exist.
 */
export async function startProcess(options: ProcessOptions): Promise<LocalProcess> {
  const { name, command, args, logFile, stopSignal = "SIGTERM", deathSignal = "KILL" } = options;
  const log = await Deno.open(logFile, { create: true, append: true });
  const as = options.user === undefined
    ? []
    : ["--reuid", `${options.user.uid}`, "--regid", `${options.user.gid}`, "--clear-groups"];
  const child = new Deno.Command("setpriv", {
    args: [...as, "--pdeathsig", deathSignal, command, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { PATH: systemPath(), ...options.env },
    clearEnv: options.clearEnv ?? false,
    detached: true,
  }).spawn();
  const copies = [child.stdout, child.stderr].map(async (stream) => {
    for await (const chunk of stream) await log.write(chunk);
  });
  const ended = child.status.then(async (status) => {
    await Promise.allSettled(copies);
    log.close();
    return status;
  });
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch { /* it has ended */ }
  };
  return {
    name,
    pid: child.pid,
    ended,
    kill,
    stop: async () => {
      kill(stopSignal);
      kill("SIGCONT");
      const hurry = setTimeout(() => kill("SIGKILL"), STOP_GRACE_MS);
      await ended;
      clearTimeout(hurry);
    },
  };
}

/** A part that did not come up; the message is one readable line that names its log. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/**
 * Waits until `check` is true.
 *
 * @throws StartError when the process ends first or `timeoutMs` passes.
 */
export async function waitUntil(
  process: LocalProcess,
  logFile: string,
  check: () => Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  let over = false;
  void process.ended.then(() => over = true);
  const giveUpAt = Date.now() + timeoutMs;
  while (!over && Date.now() < giveUpAt) {
    if (await check().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const last = (await Deno.readTextFile(logFile).catch(() => "")).trim().split("\n").at(-1) ?? "";
  await process.stop();
  throw new StartError(
    `Cannot start ${process.name}: it ${over ? "ended" : "did not answer in time"}. ` +
      `Its log ${logFile} ends with: ${last.slice(0, 300)}`,
  );
}

/** Whether something accepts TCP connections there. */
export async function accepts(port: number, hostname = "127.0.0.1"): Promise<boolean> {
  try {
    (await Deno.connect({ hostname, port })).close();
    return true;
  } catch {
    return false;
  }
}
