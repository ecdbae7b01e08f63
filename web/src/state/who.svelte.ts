import { CREDENTIALS_KEY } from "../client/credentials.ts";
import type { UserView } from "../../../src/contracts/users.ts";
import { auth } from "./app.ts";

/** Who is signed in, kept current when another tab signs in or out. */
class Who {
  user = $state.raw<UserView | null>(auth.current?.user ?? null);

  constructor() {
    auth.onChange((credentials) => this.user = credentials?.user ?? null);
    addEventListener("storage", (event) => {
      if (event.key === CREDENTIALS_KEY) this.user = auth.current?.user ?? null;
    });
  }
}

export const who = new Who();
