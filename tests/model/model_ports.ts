import { AppError } from "../../src/contracts/errors.ts";
import type { PortSource } from "../../src/media/mixer/stream.ts";
import { PortPool } from "../../src/workers/port_pool.ts";

/** The mixer's ports by the real pool, without its worker thread and sockets. */
export class ModelPorts implements PortSource {
  readonly #pool: PortPool;
  readonly leased: Set<number>;

  /** @param held Ports that rooms had before this process began. */
  constructor(min: number, max: number, held: readonly number[]) {
    this.#pool = new PortPool(min, max);
    for (const port of held) this.#pool.adopt(port);
    this.leased = new Set(held);
  }

  async lease(held: number | null): Promise<number> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 1);
    });
    if (held !== null && this.leased.has(held)) return held;
    const port = this.#pool.take(Date.now());
    if (port === null) throw new AppError("no_capacity", "No RTP port is free");
    this.leased.add(port);
    return port;
  }

  release(port: number): void {
    if (this.leased.delete(port)) this.#pool.release(port, Date.now());
  }
}
