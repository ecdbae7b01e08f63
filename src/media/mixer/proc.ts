import { childCommand } from "./child_command.ts";

/**
 * Files of /proc (proc(5)), one after the other. Deno opens none of them for a process that may not do everything, so
 * `cat` does. Those that cannot be read are left out.
 */
export async function readProc(paths: readonly string[]): Promise<string> {
  return await said("cat", paths);
}

/** A file of /proc for who cannot wait: each look gives what the look before it had read. */
export class RecentProc {
  #text = "";
  #reading = false;

  constructor(private readonly path: string) {
    void this.#read();
  }

  text(): string {
    if (!this.#reading) void this.#read();
    return this.#text;
  }

  async #read(): Promise<void> {
    this.#reading = true;
    this.#text = await readProc([this.path]).catch(() => "");
    this.#reading = false;
  }
}

/** The processes that have a text in their arguments: the id, and the program as it was called. */
export async function processesCalledWith(text: string): Promise<Map<string, string>> {
  // The text is in no argument of its own: nobody shall find this search.
  const rows = await said("sh", ["-c", FIND], { NEEDLE: text });
  return new Map(
    rows.split("\n").flatMap((row) => {
      const [, pid, program] = /^\/proc\/(\d+)\/cmdline (.+)$/.exec(row) ?? [];
      return pid === undefined || program === undefined ? [] : [[pid, program]];
    }),
  );
}

/** Kills a process that is not a child of this one: for that, Deno wants the right to run any program. */
export async function killProcess(pid: string): Promise<void> {
  await said("sh", ["-c", 'kill -KILL "$1"', "sh", pid]);
}

const FIND = `for file in $(printf '%s\\n' "$NEEDLE" | grep -alsF -f - /proc/[0-9]*/cmdline); do
  printf '%s %s\\n' "$file" "$(tr '\\0' '\\n' 2>/dev/null <"$file" | head -n 1)"
done`;

async function said(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await childCommand(program, args, {
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
