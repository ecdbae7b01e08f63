/** A fenced block of a Markdown document. */
export interface DocBlock {
  /** The words after the fence: the language, and what else is said of it. */
  readonly info: readonly string[];
  readonly text: string;
  /** The line it begins at, from 1. */
  readonly line: number;
}

/** The fenced blocks of a Markdown document, in order. */
export function docBlocks(markdown: string): DocBlock[] {
  const blocks: DocBlock[] = [];
  for (const match of markdown.matchAll(/^```([^\n`]*)\n([\s\S]*?)^```$/gm)) {
    const [, info = "", text = ""] = match;
    const line = markdown.slice(0, match.index).split("\n").length;
    blocks.push({ info: info.split(/\s+/).filter(Boolean), text, line });
  }
  return blocks;
}

/** The commands of a shell block: comments and what follows a line's end by a backslash count with their command. */
export function shellCommands(text: string): string[] {
  return text.replaceAll("\\\n", " ").split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").replaceAll(/\s+/g, " ").trim())
    .filter((line) => line !== "");
}
