/** The TCP ports given out by this process, so that two calls in a row never give the same one. */
const given = new Set<number>();

/** A TCP port on loopback that nothing listens on just now. */
export function freePort(): number {
  for (;;) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}
