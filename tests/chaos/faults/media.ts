import { sendBye, sendTone } from "../../integration/mixer_sender.ts";
import type { Fault } from "../fault.ts";
import { clockFile, clockLibrary, setClock } from "../clocks.ts";
import { STRAY_HZ } from "../world.ts";

/** An address of this machine that is no Janus's. */
const STRANGER = "127.0.0.9";
const STRAY_SSRC = 0x0bad0bad;

const noClock = () => clockLibrary() === null ? "libfaketime is not here (Debian: faketime)" : null;

/** A node's wall clock stepped by so many seconds. */
function stepped(name: string, of: "mixer" | "janus", seconds: number): Fault {
  return {
    name,
    lastsMs: 6000,
    missing: noClock,
    begin: ({ world, victim }) => {
      const { livemeta } = world.record(victim.id);
      const node = livemeta?.[`${of}Id`] ?? `${of}-1`;
      const processes = of === "mixer" ? [node] : [node, node.replace("janus-", "janus-gateway-")];
      const files = processes.map((process) => clockFile(world.cluster.dir, process));
      const step = (by: number) => files.forEach((file) => setClock(file, by));
      step(seconds);
      return Promise.resolve(() => Promise.resolve(step(0)));
    },
  };
}

/** Trouble on a mixer's ports, its disk and the clocks. */
export const mediaFaults: readonly Fault[] = [
  {
    name: "rtcp-bye",
    lastsMs: 2000,
    begin: async ({ world, victim }) => {
      const { port } = await world.stream(victim.id);
      const forwarder = world.record(victim.id).janus?.forwarders.find((one) => one.port === port);
      await sendBye(port + 1, forwarder?.ssrc ?? STRAY_SSRC, STRANGER);
      return () => Promise.resolve();
    },
  },
  {
    name: "stray-rtp",
    lastsMs: 4000,
    begin: async ({ world, victim }) => {
      const { port } = await world.stream(victim.id);
      const stranger = sendTone({ port, hz: STRAY_HZ, ssrc: STRAY_SSRC, from: STRANGER });
      return () => stranger.stop();
    },
  },
  {
    name: "disk-full",
    lastsMs: 6000,
    hits: ({ id }, world) => world.record(id).livemeta?.mixerId === "mixer-1",
    begin: async ({ world: { cluster } }) => {
      const ballast = `${cluster.dir}/data/mixer-1/ballast`;
      await fill(ballast);
      return () => Deno.remove(ballast);
    },
  },
  stepped("clock-mixer-ahead", "mixer", 8),
  stepped("clock-mixer-behind", "mixer", -8),
  stepped("clock-janus-ahead", "janus", 8),
  stepped("clock-janus-behind", "janus", -8),
];

/** More than any small disk holds. */
const MOST_BYTES = 64 * 2 ** 20;

async function fill(path: string): Promise<void> {
  const file = await Deno.open(path, { create: true, write: true });
  const zeros = new Uint8Array(64 * 1024);
  try {
    for (let written = 0; written < MOST_BYTES; written += zeros.length) await file.write(zeros);
  } catch {
    /* the disk is full, which is what we are here for */
  } finally {
    file.close();
  }
}
