import { hashSecret, verifySecret } from "../../platform/password.ts";

/** Hashes and checks passwords. Every method throws `unavailable` when too many wait. */
export class Passwords {
  #nobodys: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return hashSecret(password);
  }

  /**
   * Whether the password belongs to the hash. Without a hash it is checked against nobody's, so that an unknown
   * name takes as long as a wrong password.
   */
  async matches(password: string, hash: string | null): Promise<boolean> {
    const matches = await verifySecret(password, hash ?? await this.#nobody());
    return matches && hash !== null;
  }

  /** Makes nobody's hash, so that the first unknown name is not told by the time it takes. */
  async prepare(): Promise<void> {
    await this.#nobody();
  }

  #nobody(): Promise<string> {
    this.#nobodys ??= hashSecret(crypto.randomUUID());
    return this.#nobodys;
  }
}
