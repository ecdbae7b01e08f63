import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { frontDoor } from "./nginx_rig.ts";

/** A player has less than a second; an edge that is waited for without being asked for a part may take six. */
const PATIENCE_MS = 4000;

Deno.test("nginx leaves an edge that hangs, whichever part was asked for", async () => {
  const nobody = `127.0.0.1:${freePort()}`;
  for (const part of [0, 1, 4]) {
    // Takes connections, and says nothing.
    using hung = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using well = Deno.serve({ port: 0, onListen: () => {} }, () => new Response("well"));
    await using door = await frontDoor({
      rooms: nobody,
      users: nobody,
      gateways: [nobody],
      edges: [`127.0.0.1:${hung.addr.port}`, `127.0.0.1:${well.addr.port}`],
    });
    const url = `${door.url}/hls/room/live.m3u8?_HLS_msn=7&_HLS_part=${part}`;
    // They take turns: one of two is given to the one that hangs first.
    const answers = await Promise.all(
      [1, 2].map(() => fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })),
    );
    assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), ["well", "well"]);
  }
});
