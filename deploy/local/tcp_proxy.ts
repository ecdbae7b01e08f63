import type { Running } from "../../src/platform/lifecycle.ts";
import { freePort } from "./ports.ts";

/** Stands between one client and one server on this machine, so that the way between them can be cut. */
export class TcpProxy implements Running {
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();
  #way: "open" | "cut" | "silent" = "open";
  /** Resolves when the way is no longer silent. */
  #heard = Promise.resolve();
  #hear = () => {};

  /** @param target The server's port on loopback. */
  constructor(private readonly target: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
    void this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Closes what is open, and closes at once whatever comes. */
  cut(): void {
    this.#go("cut");
    for (const connection of this.#open) close(connection);
  }

  /** Lets nothing through and closes nothing, as a cable that was pulled. */
  silence(): void {
    this.#go("silent");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#heard = promise;
    this.#hear = resolve;
  }

  /** Lets everything through again, also what was held back. */
  heal(): void {
    this.#go("open");
  }

  stop(): Promise<void> {
    this.cut();
    this.#listener.close();
    return Promise.resolve();
  }

  #go(way: "open" | "cut" | "silent"): void {
    this.#way = way;
    this.#hear();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) void this.#serve(client);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    try {
      await this.#heard;
      if (this.#way === "cut") return;
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.target });
      this.#open.add(server);
      try {
        await Promise.race([this.#copy(client, server), this.#copy(server, client)]);
      } finally {
        this.#open.delete(server);
        close(server);
      }
    } catch {
      /* one of them is gone */
    } finally {
      this.#open.delete(client);
      close(client);
    }
  }

  async #copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    for await (const chunk of from.readable) {
      await this.#heard;
      for (let at = 0; at < chunk.length;) at += await to.write(chunk.subarray(at));
    }
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch { /* it is closed */ }
}
