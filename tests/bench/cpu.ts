/** CPU time is counted in ticks of 10 ms (`getconf CLK_TCK` is 100 on every Linux Deno runs on). */
const TICK_S = 0.01;

/** The CPU time (s) a process has used so far, in user and system mode. Throws when it has ended. */
export function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The command's name may hold spaces: fields are counted from its closing bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_S;
}

/** The CPU time (s) of several processes together. */
export function cpuOfAll(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

/** Proportional set size (MiB): memory shared by n processes counts 1/n for each. */
export function pssMb(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
  });
  return kilobytes.reduce((sum, value) => sum + value, 0) / 1024;
}
