/**
 * A runtime check of a value that came over a boundary. It is bound to a contract's type by the
 * compiler (`shape<RoomView>({…})` fails to build when the contract changes) and weighs next to
 * nothing, where the schemas themselves would weigh more than the rest of the page.
 */
export type Reader<T> = (value: unknown, at?: string) => T;

/** A value that is not what the contract says. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";

  constructor(at: string, expected: string) {
    super(`Cannot read ${at || "the answer"}: expected ${expected}`);
  }
}

export const text: Reader<string> = (value, at = "") => {
  if (typeof value === "string") return value;
  throw new ShapeError(at, "a text");
};

export const number: Reader<number> = (value, at = "") => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ShapeError(at, "a number");
};

export const flag: Reader<boolean> = (value, at = "") => {
  if (typeof value === "boolean") return value;
  throw new ShapeError(at, "true or false");
};

export const anything: Reader<unknown> = (value) => value;

export const nothing: Reader<null> = () => null;

/** One of a few texts. */
export function oneOf<const T extends string>(...names: readonly T[]): Reader<T> {
  return (value, at = "") => {
    const found = names.find((name) => name === value);
    if (found !== undefined) return found;
    throw new ShapeError(at, `one of ${names.join(", ")}`);
  };
}

export function nullable<T>(inner: Reader<T>): Reader<T | null> {
  return (value, at) => value === null ? null : inner(value, at);
}

export function list<T>(inner: Reader<T>): Reader<T[]> {
  return (value, at = "") => {
    if (!Array.isArray(value)) throw new ShapeError(at, "a list");
    return value.map((item, index) => inner(item, `${at}/${index}`));
  };
}

/** True for objects whose members can be looked at. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object with at least these members; others are left out of the result. */
export function shape<T extends object>(fields: { [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  return (value, at = "") => {
    if (!isRecord(value)) throw new ShapeError(at, "an object");
    const result: Partial<T> = {};
    for (const key in fields) {
      const read = fields[key](value[key], `${at}/${key}`);
      if (read !== undefined) result[key] = read;
    }
    return result as T;
  };
}

/** A member that may be absent: wrap its reader and the key is left out when it is. */
export function optional<T>(inner: Reader<T>): Reader<T | undefined> {
  return (value, at) => value === undefined ? undefined : inner(value, at);
}
