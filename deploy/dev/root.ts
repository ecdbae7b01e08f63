import { resolve } from "node:path";

/** The folder of the project, without a slash at its end. */
export const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Where everything lives that is made here and not kept in git. */
export const LOCAL = `${ROOT}/.roomcast`;

/** Where the launcher keeps data, logs and secrets; the environment may name another folder. */
export function launcherDir(env: { get(name: string): string | undefined } = Deno.env): string {
  return resolve(ROOT, env.get("ROOMCAST_DEV_DIR") || LOCAL);
}
