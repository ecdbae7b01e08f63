import { equal, match } from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { startCoturn } from "../../deploy/local/coturn.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { readConfig } from "../../src/platform/config.ts";
import { iceServers } from "../../src/platform/turn.ts";
import { tempDir } from "../support/temp_dir.ts";

const SECRET = "shared-with-coturn";

Deno.test("coturn as we ship it relays to Janus's address alone, for whoever has fresh credentials", async () => {
  await using dir = await tempDir();
  const port = freePort();
  const relayMin = 40_000 + (Deno.pid % 500) * 20;
  const coturn = await startCoturn({
    dir: dir.path,
    port,
    relayMin,
    relayMax: relayMin + 19,
    secret: SECRET,
    peers: ["127.0.0.1"],
    logFile: `${dir.path}/coturn.log`,
  });
  const echo = createSocket("udp4");
  echo.on("message", (message, { port, address }) => echo.send(message, port, address));
  echo.bind(0, "127.0.0.1");
  await once(echo, "listening");
  /** Sends one message through the relay to a peer, as somebody who was let in at a time (Unix ms). */
  const relay = async (peer: string, admittedMs: number, secret = SECRET) => {
    const settings = readConfig({
      ROOMCAST_TURN_URLS: coturn.url,
      ROOMCAST_TURN_SECRET: secret,
    });
    const [server] = iceServers(settings, "ann", admittedMs);
    const { success, stdout } = await new Deno.Command("turnutils_uclient", {
      args: [
        ...["-c", "-n", "1", "-m", "1", "-u", server?.username ?? "", "-w"],
        ...[server?.credential ?? "", "-e", peer, "-r", String(echo.address().port)],
        ...["-p", String(port), "127.0.0.1"],
      ],
    }).output();
    return { success, said: new TextDecoder().decode(stdout) };
  };
  try {
    const now = Date.now();
    const reached = await relay("127.0.0.1", now);
    equal(reached.success, true, reached.said);
    match(reached.said, /tot_recv_msgs=1/);
    for (const peer of ["127.0.0.2", "10.0.0.1", "8.8.8.8"]) {
      match((await relay(peer, now)).said, /403 \(Forbidden IP\)/, peer);
    }
    match((await relay("127.0.0.1", now - 3_700_000)).said, /Cannot complete Allocation/);
    match((await relay("127.0.0.1", now, "another")).said, /Cannot complete Allocation/);
  } finally {
    echo.close();
    await coturn.stop();
  }
});
