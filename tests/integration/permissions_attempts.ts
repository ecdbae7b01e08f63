import { giveUp } from "../../src/permissions/give_up.ts";
import { needsOfRoles } from "../../src/permissions/needs.ts";
import { readConfig } from "../../src/platform/config.ts";
import { roleName } from "../../src/roles.ts";

/**
 * What somebody would try who has got into a process. Prints, as JSON, which of it works.
 *
 * Arguments: the roles whose needless permissions are given up first, and a folder that is the mixer's.
 */
const [roles = "", folder = ""] = Deno.args;
if (roles !== "") {
  const names = roles.split(",").flatMap((text) => roleName(text) ?? []);
  giveUp(needsOfRoles(names, readConfig({})));
}

const ATTEMPTS: Readonly<Record<string, () => unknown>> = {
  "run a shell": () => new Deno.Command("sh", { args: ["-c", "true"] }).outputSync(),
  "run setpriv": () => new Deno.Command("setpriv", { args: ["--dump"] }).outputSync(),
  "read /etc/passwd": () => Deno.readTextFileSync("/etc/passwd"),
  "read the deno.lock beside the sources": () =>
    Deno.readTextFileSync(new URL("../../deno.lock", import.meta.url)),
  "read another's environment": () => Deno.readTextFileSync("/proc/1/environ"),
  "write to /tmp": () => Deno.makeTempFileSync({ dir: "/tmp" }),
  "write to the mixer's folder": () => Deno.writeTextFileSync(`${folder}/note`, ""),
  "change its own sources": () =>
    Deno.openSync(new URL("../../src/main.ts", import.meta.url), { write: true, append: true }),
  "load a foreign library": () => Deno.dlopen("libc.so.6", {}),
  "see the user's environment": () => {
    if (Deno.env.get("HOME") === undefined) throw new Error("there is nothing to see");
  },
  "listen elsewhere": () => Deno.listen({ hostname: "127.0.0.1", port: 1999 }).close(),
  "talk to elsewhere": async () => (await Deno.connect({ hostname: "127.0.0.2", port: 9 })).close(),
  "get code from elsewhere": () => import(`${"https"}://deno.land/x/nothing.ts`),
};

const worked: string[] = [];
for (const [name, attempt] of Object.entries(ATTEMPTS)) {
  try {
    await attempt();
    worked.push(name);
  } catch (err) {
    // Allowed, though nobody answers there.
    if (err instanceof Deno.errors.ConnectionRefused) worked.push(name);
  }
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(worked)));
