import { randomBytes } from "node:crypto";
import { AppError } from "./contracts/errors.ts";
import { LoginName } from "./contracts/users.ts";
import { Admins, type Holder } from "./control/users/admins.ts";
import type { Config } from "./platform/config.ts";
import { silentLog } from "./platform/log.ts";
import { connectRedis, redisReady } from "./platform/redis.ts";
import { redisAccess } from "./platform/redis_access.ts";

/** What follows `roomcast admin`. */
export type AdminCommand =
  | { readonly verb: "list" }
  | { readonly verb: "grant" | "revoke" | "create"; readonly who: string };

/** How to say it, for whoever said it wrong. */
export const ADMIN_USAGE = "Say roomcast admin list, or grant, revoke or create with a login name";

/** The command in the arguments after `admin`; null when they make no sense. */
export function parseAdmin([verb, who, ...more]: readonly string[]): AdminCommand | null {
  if (more.length > 0) return null;
  if (verb === "list") return who === undefined ? { verb } : null;
  if (verb !== "grant" && verb !== "revoke" && verb !== "create") return null;
  return who === undefined || who === "" ? null : { verb, who };
}

/**
 * Makes, unmakes and lists admins, in the Redis of the configuration.
 *
 * @throws Error in one readable line when Redis does not answer, or there is no such account.
 */
export async function admin(
  command: AdminCommand,
  config: Config,
  print: (line: string) => void,
): Promise<void> {
  const redis = connectRedis(redisAccess(config), silentLog());
  try {
    await redisReady(redis);
    await run(command, new Admins(redis.client), print);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new Error(cause.detail + hint(command, cause), { cause });
  } finally {
    await redis.stop();
  }
}

async function run(command: AdminCommand, admins: Admins, print: (line: string) => void) {
  if (command.verb === "list") {
    const found = await admins.list();
    if (found.length === 0) print("There is no admin yet: roomcast admin create <login name>");
    for (const { login, id, name } of found) print(`${login}\t${id}\t${name}`);
    return;
  }
  if (command.verb === "create") return await create(command.who, admins, print);
  const granted = command.verb === "grant";
  const { same, switchedOff, ...account } = await admins.setRole(
    command.who,
    granted ? "admin" : "user",
  );
  if (same) print(`${named(account)} ${granted ? "is an admin already" : "was no admin"}`);
  else if (granted) print(`${named(account)} is an admin now: sign in anew to act as one`);
  else {print(
      `${named(account)} is no admin any more, and kept out of admin operations from now on`,
    );}
  if (switchedOff > 0) print(`Webhooks for all rooms that were switched off: ${switchedOff}`);
}

/** The password is made here and shown once: one given as an argument would be seen by everybody on the machine. */
async function create(who: string, admins: Admins, print: (line: string) => void) {
  const login = LoginName.safeParse(who);
  if (!login.success) {
    throw new AppError(
      "invalid_params",
      `"${who}" cannot be a login name: it takes 3 to 32 ` +
        "letters, digits, dots, dashes and underscores",
    );
  }
  const password = randomBytes(18).toString("base64url");
  print(`${named(await admins.create(login.data, password))} is an admin now`);
  print(`The password, shown this once: ${password}`);
}

function named({ login, id }: Holder): string {
  return `${login} (${id})`;
}

function hint({ verb }: AdminCommand, { code }: AppError): string {
  if (code === "not_found" && verb === "grant") {
    return ": make one on the pages, or with roomcast admin create";
  }
  return code === "name_taken" && verb === "create" ? ", or make that one an admin: grant" : "";
}
