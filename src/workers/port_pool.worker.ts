import { createSocket } from "node:dgram";
import { type FromPortPool, PortPool, ToPortPool } from "./port_pool.ts";

let pool: PortPool | undefined;
let host = "127.0.0.1";
/** Leases are answered one after the other: a bind check must not meet another one's socket. */
let queue: Promise<void> = Promise.resolve();

addEventListener("message", (event: MessageEvent<unknown>) => {
  const message = ToPortPool.parse(event.data);
  switch (message.type) {
    case "start":
      host = message.host;
      pool = new PortPool(message.min, message.max, message.quarantineMs);
      for (const port of message.leased) pool.adopt(port);
      return;
    case "release":
      pool?.release(message.port, performance.now());
      return;
    case "lease":
      queue = queue.then(async () => {
        const answer: FromPortPool = {
          type: "leased",
          call: message.call,
          port: await lease(message.held),
        };
        postMessage(answer);
      });
  }
});

/** The port held, or the next one, whose RTP and RTCP sockets can be bound; one that is taken rests. */
async function lease(held: number | null): Promise<number | null> {
  for (let first = true;; first = false) {
    const port = (first ? held : null) ?? pool?.take(performance.now()) ?? null;
    if (port === null) return null;
    if (await bindable(port) && await bindable(port + 1)) return port;
    pool?.release(port, performance.now());
  }
}

function bindable(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
