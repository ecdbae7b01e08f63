import { flagsOfCommand } from "./flags_of.ts";

/** Told a command line of roomcast, prints the flags of Deno for it, one a line. Run before it by the one file. */
const flags = flagsOfCommand(Deno.args, Deno.env.toObject());
Deno.stdout.writeSync(new TextEncoder().encode(`${flags.join("\n")}\n`));
