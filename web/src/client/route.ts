/** The pages there are. */
export type Route =
  | { readonly page: "home" }
  | { readonly page: "studio"; readonly room: string }
  | { readonly page: "listen"; readonly room: string }
  | { readonly page: "admin" }
  | { readonly page: "unknown" };

/** What a room id looks like, as in the contracts' RoomId. */
const ROOM_ID = /^[a-z0-9][a-z0-9-]{2,63}$/;

/** Which page a path stands for. */
export function routeOf(path: string): Route {
  const [page = "", room, rest] = path.replace(/^\/+|\/+$/g, "").split("/");
  if (page === "" || page === "index.html") return { page: "home" };
  if (page === "admin") return { page: room === undefined ? "admin" : "unknown" };
  if ((page !== "studio" && page !== "listen") || rest !== undefined) return { page: "unknown" };
  return room !== undefined && ROOM_ID.test(room) ? { page, room } : { page: "unknown" };
}
