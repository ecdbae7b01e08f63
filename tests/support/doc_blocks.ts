import { ROOT } from "../../deploy/dev/root.ts";
import { fencedBlocks } from "./fenced_blocks.ts";

/**
 * The fenced blocks of a language under a heading of a document, joined: what people are told to run is what tests run.
 *
 * @throws Error when there is no such heading, or no such block under it.
 */
export async function docBlocks(path: string, heading: string, language: string): Promise<string> {
  const document = await Deno.readTextFile(`${ROOT}/${path}`);
  const [, ...sections] = document.split(/^#+ /m);
  const section = sections.find((one) => one.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${path} has no heading "${heading}"`);
  const blocks = fencedBlocks(section).filter(({ info }) => info[0] === language)
    .map(({ text }) => text);
  if (blocks.length === 0) throw new Error(`${path} has no ${language} under "${heading}"`);
  return blocks.join("\n");
}

/**
 * Runs shell commands in a folder.
 *
 * @throws Error with what they said when one of them fails.
 */
export async function runShell(commands: string, cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-euc", commands],
    cwd,
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`These commands failed:\n${commands}\n${out}${err}`);
  return out ?? "";
}
