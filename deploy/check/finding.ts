/** Something wrong with a deploy file. */
export interface Finding {
  /** From the project's root. */
  readonly file: string;
  /** What is wrong, and where. */
  readonly message: string;
}

/** Looks at files of the project; `read` gives a file by its path from the root, and throws when there is none. */
export type Check = (read: (path: string) => string) => Finding[];
