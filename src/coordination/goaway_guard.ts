import type { Running } from "../platform/lifecycle.ts";
import { GoawayScanner } from "./goaway_scanner.ts";

/**
 * Stands between this process's gRPC client and etcd, and ends the connection where etcd would say GOAWAY, as it does when
 * it is shut down in order. Deno 2.9 can abort the whole process when it reads that frame
 * (https://github.com/denoland/deno/issues/36788); a connection that just ends, it survives.
 */
export class GoawayGuard implements Running {
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();

  /** @param endpoint etcd's URL; plain HTTP/2. */
  constructor(private readonly endpoint: URL) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    void this.#accept();
  }

  /** Where the client is to connect. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  stop(): Promise<void> {
    close(this.#listener);
    for (const conn of this.#open) close(conn);
    return Promise.resolve();
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) void this.#serve(client);
    } catch { /* stopped */ }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    let server: Deno.TcpConn | undefined;
    try {
      const hostname = this.endpoint.hostname.replace(/^\[|\]$/g, "");
      server = await Deno.connect({ hostname, port: Number(this.endpoint.port || 80) });
      server.setNoDelay();
      client.setNoDelay();
      this.#open.add(server);
      await Promise.race([client.readable.pipeTo(server.writable), answer(server, client)]);
    } catch { /* one of them is gone: so is the connection */ }
    for (const conn of [client, server]) {
      if (conn === undefined) continue;
      this.#open.delete(conn);
      close(conn);
    }
  }
}

/** Passes on what the server says until it ends or says GOAWAY. */
async function answer(server: Deno.TcpConn, client: Deno.TcpConn): Promise<void> {
  const scanner = new GoawayScanner();
  const writer = client.writable.getWriter();
  for await (const chunk of server.readable) {
    const { bytes, goaway } = scanner.pass(chunk);
    await writer.write(chunk.subarray(0, bytes));
    if (goaway) return;
  }
}

function close(closable: { close(): void }): void {
  try {
    closable.close();
  } catch { /* closed already */ }
}
