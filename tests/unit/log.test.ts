import assert from "node:assert/strict";
import { createLog } from "../../src/platform/log.ts";
import { ROOT } from "../../deploy/dev/root.ts";

/** What a logger writes, from a process of its own: pino writes to the descriptor. */
async function logged(code: string): Promise<string> {
  const source =
    `import { createLog } from "${ROOT}/src/platform/log.ts"; const log = createLog("debug"); ${code}`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", source],
    cwd: ROOT,
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

Deno.test("createLog() hides secrets however deep they stand, in lines and in bindings", async () => {
  const said = await logged(`
    log.info({ password: "hunter2", step: { do: "forward", to: { srtp: "hunter2" } }, list: [{ pin: "hunter2" }] }, "a");
    log.child({ secret: "hunter2", room: "tea" }).warn({ key: "/rooms/tea" }, "b");
  `);
  assert.doesNotMatch(said, /hunter2/);
  assert.match(said, /"do":"forward"/);
  assert.match(said, /"room":"tea".*"key":"\/rooms\/tea"/);
});

Deno.test("createLog() says of an error what it says, and nothing that a library hung on it", async () => {
  const said = await logged(`
    const cause = Object.assign(new Error("WRONGPASS invalid"), { command: { name: "auth", args: ["hunter2"] } });
    const err = Object.assign(new Error("Cannot reach redis://user:hunter2@10.0.0.1:6379/0", { cause }), { code: "ECONNREFUSED" });
    log.error({ err }, "a");
  `);
  assert.doesNotMatch(said, /hunter2/);
  const { err } = JSON.parse(said);
  assert.match(err.message, /^Cannot reach redis:\/\/10\.0\.0\.1:6379\/0/);
  assert.match(err.message, /WRONGPASS/);
  assert.equal(err.code, "ECONNREFUSED");
  assert.match(err.stack, /Error: Cannot reach/);
});

Deno.test("createLog() leaves what is no plain object as it is", () => {
  // One that refers to itself would never end.
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  createLog("silent").info({ loop, map: new Map(), none: null }, "fine");
});
