import { AppError } from "../../contracts/errors.ts";
import type { AccessClaims } from "../../contracts/users.ts";
import { type Caller, signedIn } from "../rooms/caller.ts";
import type { Accounts } from "../users/accounts.ts";

/**
 * Lets admins through. An access token says so for up to a quarter of an hour, so the account itself is asked: whoever is an
 * admin no more is kept out at once. While Redis is away the token's word counts, for that is when operators are needed.
 */
export class AdminGuard {
  constructor(private readonly accounts: Pick<Accounts, "byId">) {}

  /** @throws AppError `unauthorized` when nobody is signed in, `forbidden` to who is no admin. */
  async allow(caller: Caller): Promise<AccessClaims> {
    const claims = signedIn(caller);
    if (!await this.isAdmin(claims)) throw new AppError("forbidden", "Only an admin may do this");
    return claims;
  }

  async isAdmin({ sub, role }: AccessClaims): Promise<boolean> {
    if (role !== "admin") return false;
    try {
      return (await this.accounts.byId(sub))?.role === "admin";
    } catch (err) {
      if (err instanceof AppError && err.code === "unavailable") return true;
      throw err;
    }
  }
}
