/**
 * Whether a process that writes no frames is stuck, as opposed to starved of CPU or of packets: it is stopped, or it
 * sleeps while packets wait on its RTP port. From /proc (proc(5)); false where that cannot be read.
 *
 * @param port Its RTP port.
 */
export function isStuck(pid: number, port: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return looksStuck(stat, () => Deno.readTextFileSync("/proc/net/udp"), port);
  } catch {
    return false;
  }
}

/** {@link isStuck} from the texts of `/proc/{pid}/stat` and `/proc/net/udp`. */
export function looksStuck(stat: string, udp: () => string, port: number): boolean {
  // The command's name may hold spaces and brackets: the state follows its closing one.
  const state = stat.charAt(stat.lastIndexOf(")") + 2);
  if (state === "T" || state === "t") return true;
  return state === "S" && unreadBytes(udp(), port) > 0;
}

/** How many bytes wait unread on a UDP port of this machine. */
function unreadBytes(udp: string, port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = udp.split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, local]) => local?.endsWith(`:${hex}`))
    .reduce((sum, [, , , , queues = ""]) => sum + parseInt(queues.split(":")[1] ?? "0", 16), 0);
}
