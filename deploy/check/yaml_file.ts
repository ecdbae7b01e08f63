import { parseAllDocuments } from "yaml";

/** A file that cannot be read as what it is. */
export class BrokenFile extends Error {
  override readonly name = "BrokenFile";

  constructor(readonly file: string, message: string) {
    super(message);
  }
}

/**
 * The documents of a YAML file, merge keys (`<<`) carried out.
 *
 * @throws BrokenFile in one line.
 */
export function parseYaml(file: string, text: string): unknown[] {
  return parseAllDocuments(text, { merge: true }).map((document) => {
    const [error] = document.errors;
    if (error) throw new BrokenFile(file, error.message.split("\n")[0]?.replace(/:$/, "") ?? "");
    return document.toJS();
  });
}
