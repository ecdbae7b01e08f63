/** One `Name=value` of a unit file. */
export interface Directive {
  readonly section: string;
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** The directives of a systemd unit file (systemd.syntax(7)), one a line. */
export function parseUnit(text: string): Directive[] {
  const directives: Directive[] = [];
  let section = "";
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\[(\w+)\]$/.exec(line)?.[1];
    if (header !== undefined) section = header;
    else if (line !== "" && !/^[#;]/.test(line)) {
      const at = line.indexOf("=");
      const name = at < 0 ? line : line.slice(0, at);
      directives.push({ section, name, value: line.slice(at + 1), line: index + 1 });
    }
  }
  return directives;
}
