import type {
  AdminNode,
  AdminNodes,
  AdminRooms,
  AdminStats,
} from "../../../src/contracts/admin.ts";
import type { RoomView } from "../../../src/contracts/operations.ts";
import type { RoomState } from "../../../src/contracts/states.ts";
import { readNode, readNodes, readRooms, readStats } from "./admin_views.ts";
import type { HttpClient } from "./http.ts";
import type { TokenSource } from "./room_api.ts";
import type { Reader } from "./shape.ts";
import { readRoom } from "./views.ts";

/** Which rooms to list. */
export interface RoomFilter {
  readonly state: RoomState | null;
  readonly live: boolean | null;
  readonly search: string;
}

/** A node as the API names it. */
export type NodeName = Pick<AdminNode, "kind" | "id">;

/** The operations of admins. Every call throws `ClientError`. */
export class AdminApi {
  constructor(private readonly http: HttpClient, private readonly tokens: TokenSource) {}

  nodes(): Promise<AdminNodes> {
    return this.#get("nodes", readNodes);
  }

  rooms({ state, live, search }: RoomFilter, limit: number): Promise<AdminRooms> {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(state === null ? {} : { state }),
      ...(live === null ? {} : { live: String(live) }),
      ...(search === "" ? {} : { search }),
    });
    return this.#get(`rooms?${query}`, readRooms);
  }

  stats(minutes: number): Promise<AdminStats> {
    return this.#get(`stats?minutes=${minutes}`, readStats);
  }

  drain(node: NodeName, deadlineS: number): Promise<AdminNode> {
    return this.#post(`${pathOf(node)}/drain`, { deadlineS }, readNode);
  }

  undrain(node: NodeName): Promise<AdminNode> {
    return this.#post(`${pathOf(node)}/undrain`, {}, readNode);
  }

  stopRoom(id: string, reason: string): Promise<RoomView> {
    const body = reason === "" ? {} : { reason };
    return this.#post(`rooms/${encodeURIComponent(id)}/stop`, body, readRoom);
  }

  async #get<T>(path: string, read: Reader<T>): Promise<T> {
    const token = await this.tokens.accessToken();
    return await this.http.call({ method: "GET", path: `/api/admin/${path}`, token, read });
  }

  async #post<T>(path: string, body: object, read: Reader<T>): Promise<T> {
    const token = await this.tokens.accessToken();
    return await this.http.call({ method: "POST", path: `/api/admin/${path}`, body, token, read });
  }
}

function pathOf({ kind, id }: NodeName): string {
  return `nodes/${kind}/${encodeURIComponent(id)}`;
}
