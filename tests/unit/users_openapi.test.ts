import assert from "node:assert/strict";
import { z } from "zod";
import { ROOM_OPERATIONS, RoomPage, RoomView } from "../../src/contracts/operations.ts";
import { TokenPair, USER_OPERATIONS, UserView } from "../../src/contracts/users.ts";
import { openApiDocument } from "../../src/platform/openapi.ts";

const document = openApiDocument({
  title: "Roomcast",
  version: "1.2.3",
  operations: { ...USER_OPERATIONS, ...ROOM_OPERATIONS },
  components: { RoomView, RoomPage, TokenPair, UserView },
});

Deno.test("openApiDocument() names every operation once by its key", () => {
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((operation) => operation.operationId)
  );
  assert.deepEqual(
    ids.toSorted(),
    [...Object.keys(USER_OPERATIONS), ...Object.keys(ROOM_OPERATIONS)].sort(),
  );
});

Deno.test("openApiDocument() puts params into path, query or body when the template and method say so", () => {
  const patch = document.paths["/api/rooms/{id}"]?.patch;
  assert.deepEqual(patch?.parameters?.map(({ name, in: place }) => [name, place]), [
    ["id", "path"],
  ]);
  const body = patch?.requestBody;
  assert.deepEqual(Object.keys(body?.content["application/json"].schema.properties ?? {}), [
    "title",
    "pin",
    "redundancy",
    "access",
  ]);
  assert.equal(body?.required, false);
  const list = document.paths["/api/rooms"]?.get;
  assert.deepEqual(
    list?.parameters?.map(({ name, in: place, required }) => [name, place, required]),
    [
      ["limit", "query", false],
      ["cursor", "query", false],
      ["live", "query", false],
      ["owner", "query", false],
    ],
  );
  assert.equal(list?.requestBody, undefined);
  assert.equal(document.paths["/api/rooms/{id}/start"]?.post?.requestBody, undefined);
  assert.deepEqual(
    document.paths["/api/auth/login"]?.post?.requestBody?.content["application/json"].schema
      .required,
    ["login", "password"],
  );
});

Deno.test("openApiDocument() refers to named schemas when they are nested", () => {
  const { schemas } = document.components;
  assert.deepEqual(schemas.TokenPair?.properties?.user, { $ref: "#/components/schemas/UserView" });
  assert.deepEqual(
    document.paths["/api/rooms"]?.get?.responses["200"]?.content?.["application/json"]?.schema,
    { $ref: "#/components/schemas/RoomPage" },
  );
  const refs = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? [];
  for (const ref of refs) {
    const name = /#\/components\/schemas\/(\w+)"$/.exec(ref)?.[1] ?? ref;
    assert.ok(name in schemas, `${ref} leads nowhere`);
  }
});

Deno.test("openApiDocument() groups an operation's error codes by status", () => {
  const responses = document.paths["/api/auth/login"]?.post?.responses ?? {};
  assert.deepEqual(Object.keys(responses), [
    "200",
    "400",
    "401",
    "413",
    "415",
    "429",
    "500",
    "503",
  ]);
  assert.match(responses["401"]?.description ?? "", /login_failed/);
  assert.ok("retry-after" in (responses["429"]?.headers ?? {}));
  assert.ok("application/problem+json" in (responses["400"]?.content ?? {}));
});

Deno.test("openApiDocument() asks for a bearer token when the operation does", () => {
  assert.deepEqual(document.paths["/api/auth/me"]?.get?.security, [{ bearer: [] }]);
  assert.deepEqual(document.paths["/api/auth/login"]?.post?.security, []);
  assert.equal(document.components.securitySchemes.bearer?.scheme, "bearer");
});

Deno.test("openApiDocument() throws when a path names a param that is not there", () => {
  assert.throws(() =>
    openApiDocument({
      title: "x",
      version: "1",
      operations: {
        broken: {
          ...{ method: "GET", path: "/x/{id}", summary: "x", auth: "none", status: 200 },
          ...{ params: z.strictObject({}), result: z.null(), errors: [] },
        },
      },
    }), TypeError);
});
