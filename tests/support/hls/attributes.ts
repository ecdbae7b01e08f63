import { PlaylistSyntaxError } from "./playlist_syntax_error.ts";

const ATTRIBUTE = /([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(,|$)/y;
const DECIMAL = /^\d+(\.\d+)?$/;

/** An attribute list (RFC 8216bis §4.2), read strictly: no spaces, no name twice, nothing left over. */
export class Attributes {
  readonly #values = new Map<string, string>();

  /** @throws PlaylistSyntaxError when the text is no attribute list. */
  constructor(private readonly tag: string, text: string) {
    for (let at = 0; at < text.length;) {
      ATTRIBUTE.lastIndex = at;
      const match = ATTRIBUTE.exec(text);
      const [whole = "", name = "", value = ""] = match ?? [];
      if (match === null) throw this.#wrong(`"${text.slice(at)}" is no attribute`);
      if (this.#values.has(name)) throw this.#wrong(`${name} stands twice`);
      at += whole.length;
      if (at === text.length && whole.endsWith(",")) throw this.#wrong("it ends with a comma");
      this.#values.set(name, value);
    }
  }

  /** A quoted string without its quotes, or null. */
  quoted(name: string): string | null {
    const value = this.#values.get(name);
    if (value === undefined) return null;
    if (!value.startsWith('"')) throw this.#wrong(`${name} is not quoted`);
    return value.slice(1, -1);
  }

  /** An enumerated string, or null. */
  word(name: string): string | null {
    const value = this.#values.get(name);
    if (value?.startsWith('"')) throw this.#wrong(`${name} is quoted`);
    return value ?? null;
  }

  /** A decimal number, or null. */
  decimal(name: string): number | null {
    const value = this.word(name);
    if (value === null) return null;
    if (!DECIMAL.test(value)) throw this.#wrong(`${name} is no decimal number: "${value}"`);
    return Number(value);
  }

  /** Whether it says YES. RFC 8216bis knows no other value of such attributes but NO. */
  yes(name: string): boolean {
    const value = this.word(name);
    if (value !== null && value !== "YES" && value !== "NO") {
      throw this.#wrong(`${name} is neither YES nor NO`);
    }
    return value === "YES";
  }

  #wrong(what: string): PlaylistSyntaxError {
    return new PlaylistSyntaxError(`${this.tag}: ${what}`);
  }
}
