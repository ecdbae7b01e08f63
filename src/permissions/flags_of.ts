import { basename, dirname, resolve } from "node:path";
import { ConfigError, readConfig } from "../platform/config.ts";
import { PROGRAM_FOLDER } from "../program_folder.ts";
import { needsOfCommand } from "./command_needs.ts";
import { denoFlags } from "./deno_flags.ts";
import { type Needs, NOTHING } from "./needs.ts";

/** What of itself the program opens when it runs: workers, and what libraries read beside them. */
const OWN = ["src", "node_modules"].map((name) => `${PROGRAM_FOLDER}/${name}`);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The flags with which Deno runs `roomcast <args>` so that it may do what it must and no more. Settings that cannot be used
 * lead to flags that suffice to say so.
 */
export function flagsOfCommand(args: readonly string[], env: Environment): string[] {
  const needs = needsIn(args, env);
  return denoFlags(
    { ...needs, read: withRealPaths(needs.read), write: withRealPaths(needs.write) },
    [...OWN, ...withRealPaths(settingFiles(env))],
  );
}

/** {@link flagsOfCommand} of `roomcast serve` with these roles. */
export function flagsOfRoles(roles: readonly string[], env: Environment): string[] {
  return flagsOfCommand(["serve", ...roles], env);
}

function needsIn(args: readonly string[], env: Environment): Needs {
  try {
    return needsOfCommand(args, readConfig(env));
  } catch (err) {
    if (err instanceof ConfigError) return NOTHING;
    throw err;
  }
}

/** The files that settings name: secrets and certificates. */
function settingFiles(env: Environment): string[] {
  return Object.entries(env).flatMap(([name, path]) =>
    /^ROOMCAST_[A-Z_]+_FILE$/.test(name) && path ? [path] : []
  );
}

/** The paths as they are given and as they really are: Deno compares what is asked for, whichever that is. */
function withRealPaths(paths: readonly string[]): string[] {
  return paths.flatMap((path) => [resolve(path), realPath(resolve(path))]);
}

/** The path without symbolic links; of what does not exist yet, as far as it does. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : resolve(realPath(parent), basename(path));
  }
}
