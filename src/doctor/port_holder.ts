/**
 * Who listens on a TCP port of this machine, as `name (pid 123)`, read from /proc (see proc(5)).
 * Null when nobody does or we may not know.
 */
export function portHolder(port: number): string | null {
  try {
    const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
      listeningInodes(readText(table), port)
    );
    const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
    if (sockets.size === 0) return null;
    for (const { name: pid } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(pid) || !holdsAny(pid, sockets)) continue;
      return `${readText(`/proc/${pid}/comm`).trim()} (pid ${pid})`;
    }
  } catch { /* not Linux, or /proc is hidden */ }
  return null;
}

/** The inodes of sockets that listen (state 0A) on a port, from the text of /proc/net/tcp. */
export function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").slice(1).flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    return local.endsWith(`:${hex}`) && state === "0A" && inode !== undefined ? [inode] : [];
  });
}

function holdsAny(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/fd`)].some(({ name }) => {
      try {
        return sockets.has(Deno.readLinkSync(`/proc/${pid}/fd/${name}`));
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
