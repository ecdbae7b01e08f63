import type { UserId } from "../../contracts/ids.ts";

/** The User Service's keys in Redis. */
export const redisKeys = {
  /** A user id: whose login name this is. */
  login: (login: string) => `users:login:${login}`,
  /** JSON, see accounts.ts. */
  account: (id: UserId | "") => `users:account:${id}`,
  /** A hash, see sessions.ts. */
  session: (family: string) => `users:session:${family}`,
  /** JSON, see presence.ts. */
  state: (id: UserId) => `users:state:${id}`,
  /** JSON, see key_ring.ts. */
  keyRing: "users:keys",
} as const;
