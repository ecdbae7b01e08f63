import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { z } from "zod";

const Schema = z.record(z.string(), z.unknown());

/** A published schema, and what a document breaks of it. */
export class JsonSchema {
  readonly #ajv = new Ajv2020({ allErrors: true, strict: false, allowUnionTypes: true });
  readonly #id: string;
  /** Each is compiled once: that takes longer than all the rest. */
  static readonly #known = new Map<string, JsonSchema>();

  /** @param id By what name the schema refers to itself. */
  static of(text: string, id: string): JsonSchema {
    const known = JsonSchema.#known.get(text) ?? new JsonSchema(text, id);
    JsonSchema.#known.set(text, known);
    return known;
  }

  private constructor(text: string, id: string) {
    // Formats of Kubernetes's own (int-or-string and the like) say nothing that a check could use.
    addFormats.default(this.#ajv);
    for (const format of ["int-or-string", "quantity", "int32", "int64"]) {
      this.#ajv.addFormat(format, true);
    }
    const schema = Schema.parse(JSON.parse(text));
    delete schema.$schema;
    this.#ajv.addSchema(schema, id);
    this.#id = id;
  }

  /** What is wrong, in sentences; empty: nothing. @param part A JSON pointer to the part of the schema that applies. */
  errors(document: unknown, part = ""): string[] {
    const reference = part === "" ? this.#id : `${this.#id}#${part}`;
    const validate = this.#ajv.getSchema(reference);
    if (validate === undefined) return [`the schema knows no ${part}`];
    if (validate(document)) return [];
    const errors = validate.errors ?? [];
    return [
      ...new Set(errors.map(({ instancePath, message, params }) => {
        const odd = params.additionalProperty ?? params.unevaluatedProperty;
        return `${instancePath || "/"} ${message}${odd === undefined ? "" : ` ("${odd}")`}`;
      })),
    ];
  }
}
