import { equal } from "node:assert/strict";
import { looksStuck } from "../../src/media/mixer/ffmpeg_health.ts";

/** `/proc/{pid}/stat` of an FFmpeg in a state; its name holds what would mislead a naive reader. */
const stat = (state: string) => `4711 (ffmpeg) T (x) ${state} 1 4711 4711 0 -1 4194304 0`;

/** `/proc/net/udp` with an RTP socket on 30000 (0x7530) that has bytes unread. */
const udp = (unread: number) => () =>
  [
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout",
    `  12: 0100007F:7530 00000000:0000 07 00000000:${unread.toString(16).padStart(8, "0")} 00:0 0`,
    "  13: 0100007F:7531 00000000:0000 07 00000000:00000900 00:00000000 00000000     0        0",
  ].join("\n");

Deno.test("looksStuck() says yes when the process is stopped, whatever waits for it", () => {
  equal(looksStuck(stat("T"), udp(0), 30000), true);
  equal(looksStuck(stat("t"), udp(0), 30000), true);
});

Deno.test("looksStuck() says yes when it sleeps while packets wait on its port", () => {
  equal(looksStuck(stat("S"), udp(2304), 30000), true);
});

Deno.test("looksStuck() says no when it lacks packets, or only CPU", () => {
  equal(looksStuck(stat("S"), udp(0), 30000), false);
  equal(looksStuck(stat("R"), udp(2304), 30000), false);
  equal(looksStuck(stat("S"), udp(2304), 30002), false);
});
