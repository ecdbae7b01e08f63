import type { StreamKeyView } from "../../../src/contracts/operations.ts";
import type { HttpClient } from "./http.ts";
import type { TokenSource } from "./room_api.ts";
import { list, nothing, type Reader, shape, text } from "./shape.ts";

/** A stream key just made; nobody tells `key` again. */
export interface FreshStreamKey extends StreamKeyView {
  readonly key: string;
}

const FIELDS = { id: text, name: text, createdAt: text };
const readFresh: Reader<FreshStreamKey> = shape<FreshStreamKey>({ ...FIELDS, key: text });
const readKeys = shape<{ keys: StreamKeyView[] }>({ keys: list(shape<StreamKeyView>(FIELDS)) });

/** A room's stream keys, for its owner. Every call throws `ClientError`. */
export class StreamKeyApi {
  constructor(private readonly http: HttpClient, private readonly tokens: TokenSource) {}

  async list(roomId: string): Promise<readonly StreamKeyView[]> {
    const token = await this.tokens.accessToken();
    const path = pathOf(roomId);
    return (await this.http.call({ method: "GET", path, token, read: readKeys })).keys;
  }

  async create(roomId: string, name: string): Promise<FreshStreamKey> {
    const token = await this.tokens.accessToken();
    const body = name === "" ? {} : { name };
    const path = pathOf(roomId);
    return await this.http.call({ method: "POST", path, body, token, read: readFresh });
  }

  async revoke(roomId: string, keyId: string): Promise<void> {
    const token = await this.tokens.accessToken();
    const path = `${pathOf(roomId)}/${encodeURIComponent(keyId)}`;
    await this.http.call({ method: "DELETE", path, token, read: nothing });
  }
}

function pathOf(roomId: string): string {
  return `/api/rooms/${encodeURIComponent(roomId)}/stream-keys`;
}
