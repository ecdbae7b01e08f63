import type { TokenPair, UserView } from "../../../src/contracts/users.ts";
import { number, shape, text } from "./shape.ts";
import { readUser } from "./views.ts";

/** Who is signed in, as the browser keeps it between visits. Tabs share it. */
export interface Credentials {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Unix time in ms, by this browser's clock, after which the access token is of no use. */
  readonly expiresAt: number;
  readonly user: UserView;
}

/** The key in local storage. */
export const CREDENTIALS_KEY = "roomcast.credentials";

const readCredentials = shape<Credentials>({
  accessToken: text,
  refreshToken: text,
  expiresAt: number,
  user: readUser,
});

/** @param now Unix time in ms. */
export function credentialsOf(pair: TokenPair, now: number): Credentials {
  return {
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    expiresAt: now + pair.expiresIn * 1000,
    user: pair.user,
  };
}

/** What a stored text holds; null when it holds nothing of use. */
export function parseCredentials(stored: string | null): Credentials | null {
  if (stored === null) return null;
  try {
    return readCredentials(JSON.parse(stored));
  } catch {
    return null;
  }
}
