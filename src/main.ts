import { parseArgs } from "node:util";
import { readConfig } from "./platform/config.ts";
import { VERSION } from "./platform/version.ts";
import { ROLE_NAMES, type RoleName, roleName, ROLES } from "./roles.ts";

/** A command line that makes no sense; the message is one readable line. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

const HELP = `roomcast ${VERSION}: live audio rooms for any audience

  roomcast serve <role>…   play one or more roles in this process
  roomcast drain <node>    move every room off a node (mixer/mixer-1, janus/janus-2); it ends when it is empty,
                           or after --deadline seconds (120)
  roomcast undrain <node>  take that order back
  roomcast admin list      print who is an admin; grant or revoke <login> changes that, create <login> makes an account
  roomcast links rotate    make a new key for listening links; those that are out stay good
  roomcast links revoke    call back every listening link that is out
  roomcast doctor          check every part, and say how to fix what is not right
  roomcast keys rotate     make a new key for access tokens; those that are out stay good
  roomcast config print    print every setting, and where it comes from
  roomcast config permissions <role>…
                           print the Deno permissions with which these roles run
  roomcast pages <folder>  write the pages there, and nginx's configuration for them: --listen 0.0.0.0:8080, and where
                           --rooms, --users, --gateways and --edges are, each host:port,…
  roomcast unpack <folder> have the self-extracting file unpacked there, for everybody, ahead of its first start
  roomcast version         print the version
  roomcast help            print this

Roles
${ROLE_NAMES.map((name) => `  ${name.padEnd(9)} ${ROLES[name].summary}`).join("\n")}

Settings are environment variables: see docs/configuration.md
`;

/** Runs a command and gives the process's exit code. */
async function main([command = "help", ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case "serve": {
      const roles = parseRoles(args);
      const config = readConfig(Deno.env.toObject());
      const { needsOfRoles } = await import("./permissions/needs.ts");
      const { giveUp } = await import("./permissions/give_up.ts");
      giveUp(needsOfRoles(roles, config));
      const { serve } = await import("./serve.ts");
      await serve(roles, config);
      return 0;
    }
    case "drain": {
      const { positionals, deadlineS } = parseDrain(args);
      const { drain, nodeNamed } = await import("./drain.ts");
      const node = nodeNamed(theOne(command, positionals)) ?? notANode(positionals);
      return await drain(node, deadlineS, readConfig(Deno.env.toObject()), print) ? 0 : 1;
    }
    case "undrain": {
      const { undrain, nodeNamed } = await import("./drain.ts");
      const node = nodeNamed(theOne(command, args)) ?? notANode(args);
      return await undrain(node, readConfig(Deno.env.toObject()), print) ? 0 : 1;
    }
    case "admin": {
      const { ADMIN_USAGE, admin, parseAdmin } = await import("./admin.ts");
      const command = parseAdmin(args);
      if (command === null) throw new UsageError(ADMIN_USAGE);
      await admin(command, readConfig(Deno.env.toObject()), print);
      return 0;
    }
    case "links": {
      const { revokeLinks, rotateLinkKeys } = await import("./links.ts");
      const [act, ...rest] = args;
      const run = rest.length > 0
        ? undefined
        : { rotate: rotateLinkKeys, revoke: revokeLinks }[act ?? ""];
      if (run === undefined) throw new UsageError("Say roomcast links rotate, or links revoke");
      await run(readConfig(Deno.env.toObject()), print);
      return 0;
    }
    case "doctor": {
      const { doctor } = await import("./doctor/doctor.ts");
      return await doctor(readConfig(Deno.env.toObject()), print) ? 0 : 1;
    }
    case "keys": {
      if (args.join(" ") !== "rotate") throw new UsageError("Say roomcast keys rotate");
      const { rotateSigningKeys } = await import("./keys.ts");
      await rotateSigningKeys(readConfig(Deno.env.toObject()), print);
      return 0;
    }
    case "config":
      return await config(args);
    case "pages": {
      const { parseFrontDoor, writeFrontDoor } = await import("./front_door/pages_command.ts");
      const config = readConfig(Deno.env.toObject());
      const frontDoor = parsed(
        "pages takes a folder and options as in roomcast help",
        () => parseFrontDoor(args, config),
      );
      await writeFrontDoor(frontDoor, print);
      return 0;
    }
    case "unpack":
      // The self-extracting file does that by itself, before it gets here.
      print("There is nothing to unpack: this program runs as it is");
      return 0;
    case "version":
    case "--version":
    case "-V":
      print(VERSION);
      return 0;
    case "help":
    case "--help":
    case "-h":
      print(HELP);
      return 0;
    default:
      throw new UsageError(`There is no command "${command}": try roomcast help`);
  }
}

function parseRoles(args: readonly string[]): RoleName[] {
  const known = ROLE_NAMES.join(", ");
  if (args.length === 0) throw new UsageError(`Say which roles to serve: ${known}`);
  const roles = new Set<RoleName>();
  for (const text of args) {
    const name = roleName(text);
    if (name === null) throw new UsageError(`There is no role "${text}": choose from ${known}`);
    roles.add(name);
  }
  return [...roles];
}

async function config([what, ...args]: readonly string[]): Promise<number> {
  const env = Deno.env.toObject();
  if (what === "print" && args.length === 0) {
    const { printSettings, settingsIn } = await import("./config_print.ts");
    printSettings(settingsIn(env), print);
    return 0;
  }
  if (what === "permissions") {
    const roles = parseRoles(args);
    readConfig(env);
    const { flagsOfRoles } = await import("./permissions/flags_of.ts");
    for (const flag of flagsOfRoles(roles, env)) print(flag);
    return 0;
  }
  throw new UsageError("Say roomcast config print, or roomcast config permissions <role>…");
}

function parseDrain(args: readonly string[]): { positionals: string[]; deadlineS: number } {
  const { positionals, values } = parsed(
    "drain takes a node and --deadline <seconds>",
    () =>
      parseArgs({
        args: [...args],
        options: { deadline: { type: "string", default: "120" } },
        allowPositionals: true,
      }),
  );
  if (/^[1-9]\d{0,4}$/.test(values.deadline)) {
    return { positionals, deadlineS: Number(values.deadline) };
  }
  throw new UsageError("Cannot use --deadline: it takes a number of seconds, 1 to 99999");
}

/** What `parse` makes of the arguments; a usage error when it cannot. */
function parsed<T>(usage: string, parse: () => T | null): T {
  try {
    const result = parse();
    if (result !== null) return result;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(`roomcast ${usage}`, { cause });
  }
  throw new UsageError(`roomcast ${usage}`);
}

function theOne(command: string, args: readonly string[]): string {
  const [only] = args;
  if (only !== undefined && args.length === 1) return only;
  throw new UsageError(`Say which node to ${command}, and no more: mixer/<id> or janus/<id>`);
}

function notANode([text = ""]: readonly string[]): never {
  throw new UsageError(`"${text}" names no node: write mixer/<id> or janus/<id>`);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line.endsWith("\n") ? line : `${line}\n`));
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (err) {
    const message = err instanceof Error ? err.message : String(err);
    Deno.stderr.writeSync(new TextEncoder().encode(`roomcast: ${message}\n`));
    Deno.exit(err instanceof UsageError ? 2 : 1);
  }
}
