import type { Context, Hono } from "hono";
import { z } from "zod";
import { AppError } from "../../contracts/errors.ts";
import { parseOrThrow } from "../../contracts/jsonrpc.ts";
import { OPERATIONS } from "../../contracts/all_operations.ts";
import type { OperationShape } from "../../contracts/operations.ts";
import { problemResponse, readJson } from "../../platform/http.ts";
import { admittedCaller, type Door } from "./door.ts";
import { operationNamed, type RoomOperations } from "./operations.ts";

/** What calls need, however they come. */
export interface CallOptions extends Door {
  readonly operations: RoomOperations;
}

const Fields = z.record(z.string(), z.unknown());
const Created = z.object({ id: z.string() });

/** Serves the table of operations as REST. */
export function mountRest(app: Hono, options: CallOptions): void {
  const { operations } = options;
  const methodsAt = new Map<string, string[]>();
  for (const [name, operation] of Object.entries<OperationShape>(OPERATIONS)) {
    const run = operationNamed(name, operations);
    const route = operation.path.replace(/\{(\w+)\}/g, ":$1");
    methodsAt.set(route, [...methodsAt.get(route) ?? [], operation.method]);
    app.on(operation.method, route, async (c) => {
      const caller = await admittedCaller(c, operation, options);
      const result = await run(await paramsOf(c, operation), caller);
      return answer(operation, c.req.path, result);
    });
  }
  for (const [route, methods] of methodsAt) {
    app.all(route, (c) => {
      const detail = `${c.req.path} takes ${methods.join(", ")}`;
      const response = problemResponse(new AppError("method_not_allowed", detail));
      response.headers.set("allow", methods.join(", "));
      return response;
    });
  }
}

/** Path, query and body as one object; what the path names comes from the path. */
async function paramsOf(c: Context, { method }: OperationShape): Promise<unknown> {
  const fromPath = c.req.param();
  if (method === "GET" || method === "DELETE") return { ...c.req.query(), ...fromPath };
  const body = parseOrThrow(Fields, await readJson(c));
  const clash = Object.entries(fromPath).find(([name, value]) =>
    Object.hasOwn(body, name) && body[name] !== value
  );
  if (clash !== undefined) {
    const detail = `/${clash[0]}: the path says otherwise`;
    throw new AppError("invalid_params", detail);
  }
  return { ...body, ...fromPath };
}

function answer({ status }: OperationShape, path: string, result: unknown): Response {
  const headers = new Headers({ "cache-control": "no-store" });
  if (status === 204) return new Response(null, { status, headers });
  if (status === 201) headers.set("location", `${path}/${Created.parse(result).id}`);
  headers.set("content-type", "application/json");
  return new Response(JSON.stringify(result), { status, headers });
}
