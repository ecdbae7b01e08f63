import type { z } from "zod";
import { type ErrorCode, ERRORS } from "../contracts/errors.ts";
import type { OperationShape } from "../contracts/operations.ts";
import {
  asSchema,
  inputSchema,
  type JsonSchema,
  outputSchemas,
  PROBLEM_SCHEMA,
  schemaRef,
} from "./openapi_schemas.ts";

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** The table: its keys become operation ids. */
  readonly operations: Readonly<Record<string, OperationShape>>;
  /** Result schemas to name in `components.schemas`; results made of them refer to them. */
  readonly components?: Readonly<Record<string, z.ZodType>>;
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { description: string; schema: JsonSchema }>>;
  readonly content?: Readonly<Record<string, { schema: JsonSchema }>>;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: { readonly "application/json": { readonly schema: JsonSchema } };
  };
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}

export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description?: string;
  };
  /** By path, then by lower-case HTTP method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

/** Errors that any call can meet. */
const ANY_CALL: readonly ErrorCode[] = [
  "too_many_requests",
  "invalid_params",
  "internal",
  "unavailable",
];
const WITH_BODY: readonly ErrorCode[] = [
  "parse_error",
  "payload_too_large",
  "unsupported_media_type",
];
const WITH_TOKEN: readonly ErrorCode[] = ["unauthorized", "token_expired"];

/**
 * The OpenAPI 3.1 document of a table of operations.
 *
 * @example
 * ```ts
 * openApiDocument({ title: "Roomcast", version: VERSION, operations: ROOM_OPERATIONS, components: { RoomView } });
 * ```
 * @throws TypeError when an operation's params are not an object, or its path names a param it has not.
 */
export function openApiDocument(options: OpenApiOptions): OpenApiDocument {
  const { title, version, description, operations, components = {} } = options;
  const results = outputSchemas(
    components,
    Object.fromEntries(
      Object.entries(operations).map(([key, { result }]) => [`result of ${key}`, result]),
    ),
  );
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const [key, operation] of Object.entries(operations)) {
    const path = paths[operation.path] ??= {};
    path[operation.method.toLowerCase()] = describe(
      key,
      operation,
      results.schemas[`result of ${key}`] ?? {},
    );
  }
  return {
    openapi: "3.1.0",
    info: { title, version, ...(description === undefined ? {} : { description }) },
    paths,
    components: {
      schemas: { ...results.named, Problem: PROBLEM_SCHEMA },
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

function describe(key: string, operation: OperationShape, result: JsonSchema): OpenApiOperation {
  const { parameters, requestBody } = describeParams(key, operation);
  const codes = new Set<ErrorCode>([
    ...operation.errors,
    ...ANY_CALL,
    ...(requestBody === undefined ? [] : WITH_BODY),
    ...(operation.auth === "none" ? [] : WITH_TOKEN),
  ]);
  return {
    operationId: key,
    summary: operation.summary,
    tags: [operation.path.split("/")[2] ?? "other"],
    security: operation.auth === "none" ? [] : [{ bearer: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: {
      [operation.status]: operation.status === 204 ? { description: "Done" } : {
        description: "Done",
        content: {
          "application/json": { schema: result },
          ...(operation.streams ? { "text/event-stream": { schema: { type: "string" } } } : {}),
        },
      },
      ...problemResponses(codes),
    },
  };
}

function describeParams(
  key: string,
  { method, path, params }: OperationShape,
): Pick<OpenApiOperation, "requestBody"> & { parameters: OpenApiParameter[] } {
  const schema = inputSchema(params);
  if (schema.type !== "object") {
    throw new TypeError(`Cannot describe ${key}: its params are not an object`);
  }
  const rest = new Map(Object.entries(schema.properties ?? {}));
  const required = new Set(schema.required);
  const parameters = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]): OpenApiParameter => {
    const value = rest.get(name);
    if (value === undefined) {
      throw new TypeError(`Cannot describe ${key}: its path names ${name}, its params do not`);
    }
    rest.delete(name);
    return { name, in: "path", required: true, schema: asSchema(value) };
  });
  if (method === "GET" || method === "DELETE") {
    for (const [name, value] of rest) {
      parameters.push({
        name,
        in: "query",
        required: required.has(name),
        schema: asSchema(value),
      });
    }
    return { parameters };
  }
  if (rest.size === 0) return { parameters };
  const needed = [...rest.keys()].filter((name) => required.has(name));
  const body: JsonSchema = {
    ...schema,
    properties: Object.fromEntries(rest),
    required: needed,
  };
  if (needed.length === 0) delete body.required;
  return {
    parameters,
    requestBody: {
      required: needed.length > 0,
      content: { "application/json": { schema: body } },
    },
  };
}

/** One response for each HTTP status, naming the codes it may carry. */
function problemResponses(codes: ReadonlySet<ErrorCode>): Record<string, OpenApiResponse> {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  const responses = [...byStatus].map(([status, group]): [string, OpenApiResponse] => [
    String(status),
    {
      description: group.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join("; "),
      ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
      content: {
        "application/problem+json": {
          schema: { allOf: [schemaRef("Problem"), { properties: { code: { enum: group } } }] },
        },
      },
    },
  ]);
  return Object.fromEntries(responses);
}

const RETRY_AFTER = {
  "retry-after": {
    description: "Seconds to wait before the next try",
    schema: { type: "integer" },
  },
} as const;
