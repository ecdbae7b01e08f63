/**
 * Makes few lines of the many that apt-get writes, for a person who waits.
 *
 * @param wanted The packages that were asked for; each is named once it is there.
 * @returns What to call with each line of apt-get's output.
 */
export function aptProgress(
  wanted: readonly string[],
  say: (line: string) => void,
): (line: string) => void {
  let total = 0;
  const downloaded = quarters("downloaded", say);
  const unpacked = quarters("unpacked", say);
  say("  reading the package lists");
  return (line) => {
    const [, count] = /, (\d+) newly installed/.exec(line) ?? [];
    if (count !== undefined) total = Number(count);
    const [, size] = /^Need to get (.+) of archives/.exec(line) ?? [];
    if (size !== undefined) say(`  downloading ${total} packages (${size})`);
    // Before the plan is known, apt-get gets lists.
    if (total > 0 && line.startsWith("Get:")) downloaded(total);
    if (line.startsWith("Unpacking ")) unpacked(total);
    const [, name] = /^Setting up ([^\s:]+)/.exec(line) ?? [];
    if (name !== undefined && wanted.includes(name)) say(`  ${name} is here`);
  };
}

/** Counts, and speaks at every full quarter of a total. */
function quarters(verb: string, say: (line: string) => void): (total: number) => void {
  let count = 0;
  return (total) => {
    const before = Math.floor((4 * count) / total);
    count += 1;
    if (Math.floor((4 * count) / total) > before) say(`  ${verb} ${count} of ${total}`);
  };
}
