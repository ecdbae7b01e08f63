import { z } from "zod";
import type { Config } from "../platform/config.ts";
import { ROLE_NAMES, ROLES } from "../roles.ts";
import { type Finding, unwell, well } from "./finding.ts";
import { portHolder } from "./port_holder.ts";

/** Whether each role's port is free, or taken by Roomcast itself. */
export function checkPorts(config: Config): Promise<Finding[]> {
  const checks = ROLE_NAMES.map((name) => {
    const setting = ROLES[name].port;
    return checkPort(name, setting, { hostname: config.ROOMCAST_BIND, port: config[setting] });
  });
  return Promise.all(checks);
}

/**
 * Whether a port is free, or taken by Roomcast itself.
 *
 * @param setting The variable that says another port.
 * @param isOurs Told an address that is taken; true when Roomcast serves it.
 */
export async function checkPort(
  part: string,
  setting: string,
  { hostname, port }: { readonly hostname: string; readonly port: number },
  isOurs: (url: string) => Promise<boolean> = isAlive,
): Promise<Finding> {
  const what = `port of ${part}`;
  if (port === 0) return well(what, "any free one");
  try {
    Deno.listen({ hostname, port }).close();
    return well(what, `${port} is free`);
  } catch (err) {
    if (!(err instanceof Deno.errors.AddrInUse)) {
      return unwell(
        what,
        `cannot listen on ${hostname}:${port}`,
        `set ${setting}, or the address it binds to`,
      );
    }
  }
  const host = hostname === "0.0.0.0" ? "127.0.0.1" : hostname;
  if (await isOurs(`http://${host}:${port}`)) return well(what, `${port} is served by Roomcast`);
  const holder = portHolder(port);
  return unwell(
    what,
    `${port} is taken${holder === null ? "" : ` by ${holder}`}`,
    `end it, or set ${setting} to a free port`,
  );
}

const Alive = z.object({ status: z.literal("ok") });

async function isAlive(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/livez`, {
      signal: AbortSignal.timeout(1000),
    });
    return Alive.safeParse(await response.json()).success;
  } catch {
    return false;
  }
}
