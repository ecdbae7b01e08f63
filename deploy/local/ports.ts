/** The TCP ports given out by this process, so that two calls in a row never give the same one. */
const given = new Set<number>();

/** Below those from which the kernel takes one for each outgoing connection, which would be in the way. */
const RANGE = { min: 10_000, max: 32_000 };
const TRIES = 1000;

/**
 * A TCP port on loopback that nothing listens on just now.
 *
 * @throws Error when none can be found.
 */
export function freePort(): number {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = RANGE.min + Math.floor(Math.random() * (RANGE.max - RANGE.min));
    if (given.has(port) || !isFree(port)) continue;
    given.add(port);
    return port;
  }
  throw new Error(`Cannot find a free TCP port between ${RANGE.min} and ${RANGE.max}`);
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (err) {
    if (err instanceof Deno.errors.AddrInUse) return false;
    throw err;
  }
}
