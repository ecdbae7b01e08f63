import type { ListenLink, RoomAccess } from "../../../src/contracts/listen_links.ts";
import type { RoomPage, RoomView } from "../../../src/contracts/operations.ts";
import type { HttpClient } from "./http.ts";
import { nothing } from "./shape.ts";
import { readLink, readRoom, readRoomPage } from "./views.ts";

/** Gives an access token that is still good for a while. */
export interface TokenSource {
  accessToken(): Promise<string>;
}

export interface NewRoom {
  readonly title: string;
  readonly pin?: string;
  readonly access?: RoomAccess;
}

/** The Room Manager's REST operations that the pages use. Every call throws `ClientError`. */
export class RoomApi {
  constructor(private readonly http: HttpClient, private readonly tokens: TokenSource) {}

  list(cursor: string | null, signal?: AbortSignal): Promise<RoomPage> {
    const query = new URLSearchParams({ limit: "24", ...(cursor === null ? {} : { cursor }) });
    return this.http.call({
      method: "GET",
      path: `/api/rooms?${query}`,
      read: readRoomPage,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  get(id: string, signal?: AbortSignal): Promise<RoomView> {
    return this.http.call({
      method: "GET",
      path: pathOf(id),
      read: readRoom,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async create(room: NewRoom): Promise<RoomView> {
    const token = await this.tokens.accessToken();
    return await this.http.call({
      method: "POST",
      path: "/api/rooms",
      body: room,
      token,
      read: readRoom,
    });
  }

  start(id: string): Promise<RoomView> {
    return this.#act(id, "start");
  }

  stop(id: string): Promise<RoomView> {
    return this.#act(id, "stop");
  }

  async remove(id: string): Promise<null> {
    const token = await this.tokens.accessToken();
    return await this.http.call({ method: "DELETE", path: pathOf(id), token, read: nothing });
  }

  /** A listening link to a room whose access is signed; for its owner. */
  async link(id: string): Promise<ListenLink> {
    const token = await this.tokens.accessToken();
    return await this.http.call({
      method: "POST",
      path: `${pathOf(id)}/links`,
      body: {},
      token,
      read: readLink,
    });
  }

  async #act(id: string, verb: "start" | "stop"): Promise<RoomView> {
    const token = await this.tokens.accessToken();
    return await this.http.call({
      method: "POST",
      path: `${pathOf(id)}/${verb}`,
      token,
      read: readRoom,
    });
  }
}

function pathOf(id: string): string {
  return `/api/rooms/${encodeURIComponent(id)}`;
}
