import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { AppError } from "../../src/contracts/errors.ts";
import { MAX_BATCH, RpcResponse } from "../../src/contracts/jsonrpc.ts";
import { decodeMessage } from "../../src/platform/rpc/decode.ts";
import { dispatch } from "../../src/platform/rpc/dispatch.ts";
import { encodeCall } from "../../src/platform/rpc/encode.ts";

/** What a method table does: echo, fail as meant, fail unmeant, or give what JSON cannot hold. */
function run({ method, params }: { method: string; params: unknown }): Promise<unknown> {
  if (method === "echo") return Promise.resolve(params);
  if (method === "fail") return Promise.reject(new AppError("forbidden", "not yours"));
  if (method === "crash") return Promise.reject(new TypeError("secret inside"));
  if (method === "big") return Promise.resolve(10n);
  return Promise.reject(new AppError("method_not_found", `There is no method ${method}`));
}

function answer(text: string): Promise<string | null> {
  return dispatch(decodeMessage(text), { call: run, onInternal: () => {} });
}

async function answered(text: string): Promise<RpcResponse> {
  return RpcResponse.parse(JSON.parse(await answer(text) ?? "null"));
}

const hostileCall = fc.record({
  jsonrpc: fc.oneof(fc.constant("2.0"), fc.jsonValue()),
  id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.jsonValue()),
  method: fc.oneof(
    fc.constantFrom("echo", "fail", "crash", "big", "__proto__", "constructor"),
    fc.jsonValue(),
  ),
  params: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
}, { requiredKeys: [] });

const hostileText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.json(),
  hostileCall.map((call) => JSON.stringify(call)),
  fc.array(fc.oneof(hostileCall, fc.jsonValue()), { maxLength: 30 })
    .map((calls) => JSON.stringify(calls)),
);

Deno.test("dispatch() gives valid responses or none when the text is hostile", async () => {
  await fc.assert(
    fc.asyncProperty(hostileText, async (text) => {
      const out = await answer(text);
      if (out === null) return;
      const parsed: unknown = JSON.parse(out);
      const responses = z.union([RpcResponse.array().min(1).max(MAX_BATCH), RpcResponse])
        .parse(parsed);
      for (const { error, result } of [responses].flat()) {
        assert.notEqual(error === undefined, result === undefined);
      }
      assert.ok(!out.includes("secret inside"));
    }),
    { numRuns: 1500 },
  );
});

Deno.test("decodeMessage() gives back what encodeCall() wrote", () => {
  const params = fc.dictionary(fc.string().filter((key) => key !== "__proto__"), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.oneof(fc.integer(), fc.string({ maxLength: 64 })),
      fc.string({ minLength: 1, maxLength: 64 }),
      params,
      (id, method, given) => {
        const decoded = decodeMessage(encodeCall(id, method, given));
        assert.ok("calls" in decoded);
        assert.deepEqual(
          JSON.stringify(decoded.calls),
          JSON.stringify([{ id, method, params: given }]),
        );
      },
    ),
  );
});

Deno.test("dispatch() answers with one error when a batch is too long, empty, or not JSON", async () => {
  const call = { jsonrpc: "2.0", id: 1, method: "echo" };
  const long = await answered(JSON.stringify(Array(10_000).fill(call)));
  assert.equal(long.error?.code, -32600);
  assert.match(long.error?.data?.detail ?? "", /20 calls at most; this one has 10000/);
  assert.equal((await answered("[]")).error?.code, -32600);
  const broken = await answered('{"jsonrpc":"2.0",');
  assert.deepEqual([broken.id, broken.error?.code], [null, -32700]);
});

Deno.test("dispatch() says nothing when there are only notifications, even failing ones", async () => {
  assert.equal(await answer('{"jsonrpc":"2.0","method":"crash"}'), null);
  assert.equal(await answer('[{"jsonrpc":"2.0","method":"fail"}]'), null);
  assert.equal(await answer('{"jsonrpc":"2.0","method":"echo","params":[1]}'), null);
});

Deno.test("dispatch() answers each call of a batch by its id when some are bad", async () => {
  const out = await answer(JSON.stringify([
    { jsonrpc: "2.0", id: "a", method: "echo", params: { x: 1 } },
    { jsonrpc: "2.0", method: "echo" },
    1,
    { jsonrpc: "1.0", id: 7, method: "echo" },
    { jsonrpc: "2.0", id: 8, method: "echo", params: [1] },
    { jsonrpc: "2.0", id: 9, method: "crash" },
    { jsonrpc: "2.0", id: 10, method: "big" },
    { jsonrpc: "2.0", id: {}, method: "echo" },
  ]));
  const responses = RpcResponse.array().parse(JSON.parse(out ?? "null"));
  assert.deepEqual(responses.map(({ id, error }) => [id, error?.code]), [
    ["a", undefined],
    [null, -32600],
    [7, -32600],
    [8, -32602],
    [9, -32603],
    [10, -32603],
    [null, -32600],
  ]);
  assert.deepEqual(responses[0]?.result, { x: 1 });
});
