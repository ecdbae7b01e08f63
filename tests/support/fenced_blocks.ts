/** A fenced block of a Markdown document. */
export interface FencedBlock {
  /** The words after the fence: the language, and what else is said of it. */
  readonly info: readonly string[];
  readonly text: string;
  /** The line it begins at, from 1. */
  readonly line: number;
}

/** The fenced blocks of a Markdown document, in order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  for (const match of markdown.matchAll(/^```([^\n`]*)\n([\s\S]*?)^```$/gm)) {
    const [, info = "", text = ""] = match;
    const line = markdown.slice(0, match.index).split("\n").length;
    blocks.push({ info: info.split(/\s+/).filter(Boolean), text, line });
  }
  return blocks;
}
