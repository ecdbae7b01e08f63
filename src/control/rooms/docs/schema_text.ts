import type { JsonSchema } from "../../../platform/openapi_schemas.ts";

/** A JSON Schema's type in a few words: "string, 3 to 64 characters", "RoomView or null". */
export function schemaText(schema: JsonSchema | boolean): string {
  if (typeof schema === "boolean") return "any";
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "object";
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(schemaText).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.type === "array") {
    const { items } = schema;
    const inner = items === undefined || Array.isArray(items) ? "anything" : schemaText(items);
    return `list of ${inner}`;
  }
  return [schema.format ?? schema.type ?? "any", ...limits(schema)].join(", ");
}

function limits(schema: JsonSchema): string[] {
  return [
    ...range(schema.minLength, schema.maxLength, " characters"),
    ...range(schema.minimum, safe(schema.maximum), ""),
    ...(schema.pattern === undefined ? [] : [`like ${schema.pattern}`]),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ];
}

function range(least: number | undefined, most: number | undefined, unit: string): string[] {
  const low = safe(least);
  if (low !== undefined && most !== undefined) return [`${low} to ${most}${unit}`];
  if (low !== undefined) return [`at least ${low}${unit}`];
  return most === undefined ? [] : [`at most ${most}${unit}`];
}

/** The bounds of what a number can hold say nothing. */
function safe(bound: number | undefined): number | undefined {
  return bound !== undefined && Number.isSafeInteger(bound) &&
      Math.abs(bound) < Number.MAX_SAFE_INTEGER
    ? bound
    : undefined;
}
