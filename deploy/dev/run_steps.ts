import { systemPath } from "../../src/doctor/find.ts";

/** How many lines are kept to explain a failure. */
const KEPT = 12;

/**
 * Runs a command that takes a while.
 *
 * @param onLine Told each line of its output as it comes.
 * @returns Whether it succeeded, and the last lines it wrote.
 */
export async function runSteps(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void = () => {},
  env: Readonly<Record<string, string>> = {},
): Promise<{ ok: boolean; lastLines: readonly string[] }> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { PATH: systemPath(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lastLines: string[] = [];
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines.filter((line) => line.trim() !== "")) {
        lastLines.push(line);
        if (lastLines.length > KEPT) lastLines.shift();
        onLine(line);
      }
    }
    if (rest !== "") lastLines.push(rest);
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  return { ok: (await child.status).success, lastLines };
}
