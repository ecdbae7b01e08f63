import { RoomView } from "../../src/contracts/operations.ts";
import { TokenPair } from "../../src/contracts/users.ts";

/** An answer of the API: refused is an answer too. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** How long (ms) an answer may take. */
const LIMIT_MS = 10_000;

/** Makes, starts, stops and deletes rooms through the front door, signed in as a guest. */
export class RoomApi {
  private constructor(private readonly url: string, private readonly token: string) {}

  static async guest(url: string): Promise<RoomApi> {
    const response = await fetch(`${url}/api/auth/guest`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Chaos" }),
    });
    return new RoomApi(url, TokenPair.parse(await response.json()).accessToken);
  }

  /** @throws Error with what the API said. */
  async create(id: string, redundancy: 1 | 2 = 1): Promise<void> {
    const room = { id, title: `Room ${id}` };
    succeeded(
      await this.ask("POST", "/api/rooms", redundancy === 1 ? room : { ...room, redundancy }),
    );
  }

  /** @throws Error with what the API said. */
  async start(id: string): Promise<void> {
    succeeded(await this.ask("POST", `/api/rooms/${id}/start`));
  }

  /** @throws Error with what the API said. */
  async stop(id: string): Promise<void> {
    succeeded(await this.ask("POST", `/api/rooms/${id}/stop`));
  }

  /** @throws Error with what the API said. */
  async delete(id: string): Promise<void> {
    succeeded(await this.ask("DELETE", `/api/rooms/${id}`));
  }

  async state(id: string): Promise<RoomView["state"]> {
    const answer = await this.ask("GET", `/api/rooms/${id}`);
    succeeded(answer);
    return RoomView.parse(JSON.parse(answer.text)).state;
  }

  /** @throws Error when nobody answers. */
  async ask(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(LIMIT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
}

function succeeded({ status, text }: ApiAnswer): void {
  if (status >= 400) throw new Error(`The API answered ${status}: ${text}`);
}
