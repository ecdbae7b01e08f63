/** A socket of a port, as /proc/net/udp (proc(5)) shows it. */
interface UdpSocket {
  readonly inode: string;
  /** Datagrams that came when its buffer was full. */
  readonly drops: number;
}

/**
 * How many RTP packets Linux has thrown away because nobody read them in time, summed up over the sockets of the ports in
 * use. It is told by what is there when it is asked; what a socket dropped since, and took with it, stays unknown.
 */
export class RtpDrops {
  readonly #known = new Map<string, number>();
  #total = 0;

  /** @param read Gives the text of /proc/net/udp. */
  constructor(private readonly read: () => string) {}

  /** The sum so far, of the ports given and of those given before. */
  count(ports: Iterable<number>): number {
    const sockets = this.#sockets(new Set(ports));
    const there = new Set(sockets.map(({ inode }) => inode));
    for (const inode of this.#known.keys()) if (!there.has(inode)) this.#known.delete(inode);
    for (const { inode, drops } of sockets) {
      this.#total += Math.max(0, drops - (this.#known.get(inode) ?? 0));
      this.#known.set(inode, drops);
    }
    return this.#total;
  }

  #sockets(ports: ReadonlySet<number>): UdpSocket[] {
    return this.read().split("\n").slice(1).flatMap((line): UdpSocket[] => {
      const columns = line.trim().split(/\s+/);
      const port = parseInt(columns[1]?.split(":")[1] ?? "", 16);
      const [inode, drops] = [columns[9], Number(columns[12])];
      return ports.has(port) && inode !== undefined && Number.isInteger(drops)
        ? [{ inode, drops }]
        : [];
    });
  }
}
