import { Auth } from "../client/auth.ts";
import { HttpClient } from "../client/http.ts";
import { RoomApi } from "../client/room_api.ts";
import { RpcClient } from "../client/rpc_client.ts";
import { StreamKeyApi } from "../client/stream_key_api.ts";
import { exclusivelyAmongTabs } from "../client/tab_locks.ts";

export const http = new HttpClient();

/** Who this browser is signed in as; one for the page. */
export const auth = new Auth({
  http,
  storage: localStorage,
  exclusively: exclusivelyAmongTabs("roomcast.credentials"),
});

export const rooms = new RoomApi(http, auth);

export const streamKeys = new StreamKeyApi(http, auth);

/** A socket to whichever gateway the front door picks. */
export function createRpc(): RpcClient {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return new RpcClient({
    url: `${scheme}//${location.host}/ws`,
    token: () => auth.accessToken(),
  });
}
