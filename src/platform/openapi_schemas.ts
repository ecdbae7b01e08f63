import { z } from "zod";
import { ERRORS } from "../contracts/errors.ts";

/** A JSON Schema (2020-12), as OpenAPI 3.1 uses them. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

const REF = "#/components/schemas/";

/** The schema of every error body (RFC 9457). */
export const PROBLEM_SCHEMA: JsonSchema = {
  type: "object",
  description: "Problem details (RFC 9457)",
  properties: {
    type: { type: "string", description: "A URN naming the kind of problem" },
    title: { type: "string" },
    status: { type: "integer", description: "The HTTP status" },
    detail: { type: "string", description: "What is wrong in this case" },
    code: { type: "string", enum: Object.keys(ERRORS) },
    errors: {
      type: "array",
      description: "What is wrong with which value",
      items: {
        type: "object",
        properties: {
          pointer: { type: "string", description: "A JSON pointer to the value" },
          detail: { type: "string" },
        },
        required: ["pointer", "detail"],
      },
    },
  },
  required: ["type", "title", "status", "detail", "code"],
};

/** A reference to a named schema of the document. */
export function schemaRef(name: string): JsonSchema {
  return { $ref: REF + name };
}

/** What callers send, as JSON Schema. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  return withoutDialect(z.toJSONSchema(schema, { io: "input", override: plainDates }));
}

/**
 * What callers get, as JSON Schema.
 *
 * @param named Schemas that stand in `components.schemas`; wherever one is used, a `$ref` stands for it.
 * @param schemas The schemas to convert, by a key of the caller's choice that is not a name in `named`.
 */
export function outputSchemas(
  named: Readonly<Record<string, z.ZodType>>,
  schemas: Readonly<Record<string, z.ZodType>>,
): { named: Record<string, JsonSchema>; schemas: Record<string, JsonSchema> } {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const names = new Map(Object.entries(named).map(([id, schema]) => [schema, id]));
  // A tuple around each: two keys may share one schema, which a registry holds under one id only.
  const wrappers = Object.entries(schemas).map(([key, schema]): [string, z.ZodType] => [
    key,
    z.tuple([schema]),
  ]);
  for (const [id, wrapper] of wrappers) registry.add(wrapper, { id });
  const { schemas: converted } = z.toJSONSchema(registry, {
    uri: (id) => REF + id,
    override: plainDates,
  });
  const pick = (id: string): JsonSchema => withoutDialect(converted[id] ?? {});
  return {
    named: Object.fromEntries([...names.values()].map((id) => [id, pick(id)])),
    schemas: Object.fromEntries(
      wrappers.map(([key]) => [key, asSchema(pick(key).prefixItems?.[0] ?? {})]),
    ),
  };
}

/** A boolean schema (2020-12 §4.3.2) in its object form. */
export function asSchema(value: JsonSchema | boolean): JsonSchema {
  return typeof value === "boolean" ? (value ? {} : { not: {} }) : value;
}

/** `format` says it all; the pattern zod adds fills a page. */
function plainDates({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
}

function withoutDialect({ $schema: _dialect, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
