import type { Running } from "../platform/lifecycle.ts";
import type { EtcdTls } from "./etcd_access.ts";
import { GoawayScanner } from "./goaway_scanner.ts";

/** Either end of what is relayed. */
type Conn = Deno.Conn;

/**
 * Stands between this process's gRPC client and etcd, and ends the connection where etcd would say GOAWAY, as it does when
 * it is shut down in order. Deno 2.9 can abort the whole process when it reads that frame
 * (https://github.com/denoland/deno/issues/36788); a connection that just ends, it survives.
 *
 * With TLS it is the guard that speaks it, and so shows our certificate to etcd for whoever connects. Where etcd asks for
 * nothing more, the guard listens on a socket in a folder of this user's own, and not on a port that every process of the
 * machine can reach.
 */
export class GoawayGuard implements Running {
  readonly #listener: Deno.Listener;
  readonly #open = new Set<Conn>();
  readonly #dir: string | null;
  #failure: string | null = null;
  /** Where the client is to connect, as gRPC writes it. */
  readonly url: string;

  /**
   * @param endpoint etcd's URL.
   * @param tls Null: plain HTTP/2.
   * @param hidden Nobody but this user may connect.
   */
  constructor(
    private readonly endpoint: URL,
    private readonly tls: EtcdTls | null = null,
    hidden = false,
  ) {
    if (!hidden) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      this.#listener = listener;
      this.#dir = null;
      this.url = `http://127.0.0.1:${listener.addr.port}`;
    } else {
      this.#dir = Deno.makeTempDirSync({ prefix: "roomcast-etcd-" });
      const path = `${this.#dir}/s`;
      this.#listener = Deno.listen({ transport: "unix", path });
      this.url = `unix:${path}`;
    }
    void this.#accept();
  }

  /** Why etcd could not be reached when it was last tried; null: it could. */
  get failure(): string | null {
    return this.#failure;
  }

  async stop(): Promise<void> {
    close(this.#listener);
    for (const conn of this.#open) close(conn);
    if (this.#dir !== null) await Deno.remove(this.#dir, { recursive: true }).catch(() => {});
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) void this.#serve(client);
    } catch { /* stopped */ }
  }

  async #serve(client: Conn): Promise<void> {
    this.#open.add(client);
    let server: Conn | undefined;
    try {
      server = await this.#connect();
      this.#open.add(server);
      await Promise.race([
        client.readable.pipeTo(server.writable),
        answer(server, client, () => this.#failure = null),
      ]);
    } catch (err) {
      this.#failure = err instanceof Error ? err.message : String(err);
    }
    for (const conn of [client, server]) {
      if (conn === undefined) continue;
      this.#open.delete(conn);
      close(conn);
    }
  }

  async #connect(): Promise<Conn> {
    const hostname = this.endpoint.hostname.replace(/^\[|\]$/g, "");
    if (this.tls === null) {
      const conn = await Deno.connect({ hostname, port: Number(this.endpoint.port || 80) });
      conn.setNoDelay();
      return conn;
    }
    const { ca, cert, key } = this.tls;
    const conn = await Deno.connectTls({
      hostname,
      port: Number(this.endpoint.port || 443),
      alpnProtocols: ["h2"],
      ...(ca === "" ? {} : { caCerts: [ca] }),
      ...(cert === "" ? {} : { cert, key }),
    });
    try {
      await conn.handshake();
    } catch (err) {
      close(conn);
      throw err;
    }
    return conn;
  }
}

/** Passes on what the server says until it ends or says GOAWAY. */
async function answer(server: Conn, client: Conn, onFirst: () => void): Promise<void> {
  const scanner = new GoawayScanner();
  const writer = client.writable.getWriter();
  for await (const chunk of server.readable) {
    onFirst();
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
