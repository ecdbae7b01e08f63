import type { Fault } from "../fault.ts";

/** The FFmpeg of a room, killed and frozen. */
export const ffmpegFaults: readonly Fault[] = [
  {
    name: "ffmpeg-kill",
    lastsMs: 1000,
    begin: async ({ world, victim }) => {
      Deno.kill((await world.stream(victim.id)).pid, "SIGKILL");
      return () => Promise.resolve();
    },
  },
  {
    name: "ffmpeg-hang",
    lastsMs: 3000,
    begin: async ({ world, victim }) => {
      const { pid } = await world.stream(victim.id);
      Deno.kill(pid, "SIGSTOP");
      return () => {
        try {
          Deno.kill(pid, "SIGCONT");
        } catch { /* it was killed, as it should be */ }
        return Promise.resolve();
      };
    },
  },
];
