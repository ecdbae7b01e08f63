import assert from "node:assert/strict";
import { AppError } from "../../src/contracts/errors.ts";
import { readConfig } from "../../src/platform/config.ts";
import { startFailure } from "../../src/serve.ts";

const config = readConfig({});

Deno.test("startFailure() names port and setting when the port is taken", () => {
  const said = startFailure("edge", config, new Deno.errors.AddrInUse("Address in use"));
  assert.match(said, /^Cannot start edge: port 8090 is taken; set ROOMCAST_EDGE_PORT/);
});

Deno.test("startFailure() is one line when the cause has many", () => {
  assert.equal(
    startFailure("mixer", config, new Error("no FFmpeg\n  at x\n  at y")),
    "Cannot start mixer: no FFmpeg",
  );
});

Deno.test("startFailure() passes on a sentence that says what cannot be done", () => {
  const cause = new AppError("unavailable", "Cannot announce this node: etcd is away");
  assert.equal(startFailure("janus", config, cause), "Cannot announce this node: etcd is away");
});

Deno.test("startFailure() says which permission is missing, and where to see those it needs", () => {
  const cause = new Deno.errors.NotCapable(
    'Requires net access to "10.0.0.9:6379", run again with the --allow-net flag',
  );
  assert.equal(
    startFailure("users", config, cause),
    'Cannot start users: its Deno permissions lack net access to "10.0.0.9:6379"; ' +
      "roomcast config permissions users prints those it needs",
  );
});
