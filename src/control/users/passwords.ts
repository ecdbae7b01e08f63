import { hashSecret, verifySecret } from "../../platform/password.ts";
import { PasswordGate } from "./password_gate.ts";

/** Hashes and checks passwords, a few at a time. Every method throws `unavailable` when too many wait. */
export class Passwords {
  readonly #gate = new PasswordGate();
  #nobodys: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.#gate.run(() => hashSecret(password));
  }

  /**
   * Whether the password belongs to the hash. Without a hash it is checked against nobody's, so that an unknown
   * name takes as long as a wrong password.
   */
  matches(password: string, hash: string | null): Promise<boolean> {
    return this.#gate.run(async () => {
      const matches = await verifySecret(password, hash ?? await this.#nobody());
      return matches && hash !== null;
    });
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
