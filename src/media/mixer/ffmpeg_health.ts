import { readProc } from "./proc.ts";

/**
 * Whether a process that writes no frames is stuck, as opposed to starved of CPU or of packets: it is stopped, or it
 * sleeps while packets wait on its RTP port. False where /proc cannot be read.
 *
 * @param port Its RTP port.
 */
export async function isStuck(pid: number, port: number): Promise<boolean> {
  const text = await look(pid);
  const stat = text.split("\n").find((line) => line.startsWith(`${pid} (`));
  return stat !== undefined && looksStuck(stat, () => text, port);
}

/** The look that begins when the one under way is over, and at whom. */
let next: { readonly pids: Set<number>; readonly text: Promise<string> } | null = null;
let underWay: Promise<unknown> = Promise.resolve();

/** One look at a time serves all who ask meanwhile: when a Janus dies, the FFmpegs of all its rooms fall silent. */
function look(pid: number): Promise<string> {
  if (next === null) {
    const pids = new Set<number>();
    const text = underWay.then(() => {
      next = null;
      return readProc(["/proc/net/udp", ...[...pids].map((pid) => `/proc/${pid}/stat`)]);
    }).catch(() => "");
    underWay = text;
    next = { pids, text };
  }
  next.pids.add(pid);
  return next.text;
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
