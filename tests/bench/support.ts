import { buildPages } from "../../deploy/dev/pages.ts";
import { type Cluster, type ClusterOptions, startCluster } from "../../deploy/local/cluster.ts";
import { RoomView } from "../../src/contracts/operations.ts";
import { TokenPair } from "../../src/contracts/users.ts";

/** Says what the bench is doing. */
export function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** The value below which the share `p` (0…1) of the values lies, by linear interpolation. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

/** The number after `--name`, or the fallback. */
export function numberArgument(name: string, fallback: number): number {
  const index = Deno.args.indexOf(`--${name}`);
  const value = index < 0 ? fallback : Number(Deno.args[index + 1]);
  if (!Number.isFinite(value)) throw new RangeError(`Cannot use --${name}: it needs a number`);
  return value;
}

/**
 * Runs a bench on a cluster of its own and prints its figures as the last line. Exits with 1 when it could
 * not measure.
 */
export async function runBench(
  options: Omit<ClusterOptions, "dir">,
  measure: (cluster: Cluster) => Promise<Record<string, unknown>>,
): Promise<never> {
  const dir = await Deno.makeTempDir({ prefix: "roomcast-bench-" });
  let figures: Record<string, unknown> | undefined;
  try {
    await buildPages(say);
    say("starting a cluster");
    const cluster = await startCluster({ ...options, dir });
    try {
      figures = await measure(cluster);
    } finally {
      await cluster.stop();
    }
  } catch (err) {
    say(`could not measure: ${err instanceof Error ? err.stack : String(err)}`);
  }
  await Deno.remove(dir, { recursive: true }).catch(() => {});
  if (figures !== undefined) say(JSON.stringify(figures));
  Deno.exit(figures === undefined ? 1 : 0);
}

/** A caller of the API through the front door, signed in as a guest. */
export class Caller {
  private constructor(private readonly url: string, readonly token: string) {}

  static async guest(url: string, name = "Bench"): Promise<Caller> {
    const response = await fetch(`${url}/api/auth/guest`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
    return new Caller(url, TokenPair.parse(await response.json()).accessToken);
  }

  createRoom(id: string): Promise<RoomView> {
    return this.#call("POST", "/api/rooms", { id, title: `Bench ${id}` });
  }

  start(id: string): Promise<RoomView> {
    return this.#call("POST", `/api/rooms/${id}/start`);
  }

  stop(id: string): Promise<RoomView> {
    return this.#call("POST", `/api/rooms/${id}/stop`);
  }

  get(id: string): Promise<RoomView> {
    return this.#call("GET", `/api/rooms/${id}`);
  }

  /** Waits until the room has the state. */
  async until(id: string, state: RoomView["state"], timeoutMs = 15_000): Promise<void> {
    const giveUpAt = Date.now() + timeoutMs;
    for (let room = await this.get(id); room.state !== state; room = await this.get(id)) {
      if (Date.now() > giveUpAt) throw new Error(`${id} is ${room.state}: ${room.stateText}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #call(method: string, path: string, body?: unknown): Promise<RoomView> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return RoomView.parse(await response.json());
  }
}
