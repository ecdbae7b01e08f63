import { createSocket, type Socket } from "node:dgram";
import { type PortRange, slicePorts } from "../../../deploy/local/cluster_ports.ts";
import { until } from "../../support/until.ts";
import type { Fault } from "../fault.ts";
import { CLUSTER } from "../world.ts";

const LATE_ROOM = "late-room";
/** How many pairs of each mixer's pool are taken: of every other one the RTP port, of the rest the RTCP port. */
const PAIRS = 8;
const LIMIT_MS = 20_000;
const BIND_TRIES = 200;

/** RTP ports that somebody else has. */
export const portFaults: readonly Fault[] = [
  {
    name: "rtp-port-taken",
    lastsMs: 3000,
    begin: async ({ world, victim }) => {
      // FFmpeg is killed, and before it is back somebody has one of its two ports.
      const { port, pid } = await world.stream(victim.id);
      Deno.kill(pid, "SIGKILL");
      const thief = await bindSoon(port + 1);
      return () => close(thief);
    },
  },
  {
    name: "rtp-pool-taken",
    lastsMs: 0,
    begin: async ({ world: { api, ledger, rtp } }) => {
      const thieves = await Promise.all(firstOfEachPool(rtp).map(bind));
      try {
        await api.create(LATE_ROOM);
        ledger.idle(LATE_ROOM);
        await api.start(LATE_ROOM);
        ledger.live(LATE_ROOM);
        await until(
          `${LATE_ROOM} on air`,
          async () => await api.state(LATE_ROOM) === "on_air",
          LIMIT_MS,
        );
      } finally {
        await Promise.all(thieves.map(close));
        await api.delete(LATE_ROOM);
        ledger.absent(LATE_ROOM);
      }
      return () => Promise.resolve();
    },
  },
];

function firstOfEachPool(rtp: PortRange): number[] {
  return Array.from(
    { length: CLUSTER.mixers },
    (_, mixer) => slicePorts(rtp, mixer, CLUSTER.mixers),
  )
    .flatMap(({ min }) =>
      Array.from({ length: PAIRS }, (_, pair) => min + 2 * pair + (pair % 2 === 0 ? 0 : 1))
    );
}

/** Takes a UDP port; null when somebody has it. */
async function bind(port: number): Promise<Socket | null> {
  const socket = createSocket("udp4");
  const bound = await new Promise<boolean>((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => resolve(true));
  });
  return bound ? socket : null;
}

/** Takes a UDP port as soon as nobody has it; null when it could not be had. */
async function bindSoon(port: number): Promise<Socket | null> {
  for (let tries = 0; tries < BIND_TRIES; tries++) {
    const socket = await bind(port);
    if (socket) return socket;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return null;
}

function close(socket: Socket | null): Promise<void> {
  return new Promise((resolve) => socket === null ? resolve() : socket.close(resolve));
}
