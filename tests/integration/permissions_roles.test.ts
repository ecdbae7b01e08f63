import assert from "node:assert/strict";
import { ROOT } from "../../deploy/dev/root.ts";
import { flagsOfRoles } from "../../src/permissions/flags_of.ts";
import { UNION_FLAGS } from "../../src/permissions/union_flags.ts";
import { tempDir } from "../support/temp_dir.ts";

const ANYWHERE = ["listen elsewhere", "talk to elsewhere"];

/** Which of the attempts work in a process with these flags. */
async function whatWorks(flags: readonly string[], folder: string, giveUp = ""): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--cached-only", ...flags],
      ...["tests/integration/permissions_attempts.ts", giveUp, folder],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1", ROOMCAST_DATA_DIR: folder },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("flagsOfRoles() leaves a process that was taken over with nothing but its role", async () => {
  await using dir = await tempDir();
  const env = { ROOMCAST_DATA_DIR: dir.path };
  const works = (role: string) => whatWorks(flagsOfRoles([role], env), dir.path);
  assert.deepEqual(await works("edge"), ANYWHERE);
  assert.deepEqual(await works("gateway"), ANYWHERE);
  assert.deepEqual(await works("janus"), ANYWHERE);
  assert.deepEqual(await works("rooms"), ANYWHERE);
  assert.deepEqual(await works("users"), []);
  // Where the guard before etcd listens, and this mixer's RTP pool is: any port of loopback.
  assert.deepEqual(await works("mixer"), [
    "run setpriv",
    "write to the mixer's folder",
    "listen elsewhere",
  ]);
});

Deno.test("giveUp() takes away what a role needs nothing of when it was started with everything", async () => {
  await using dir = await tempDir();
  const forbidden = /run|write|change|library/;
  const rest = await whatWorks(["-A"], dir.path, "edge");
  assert.deepEqual(rest.filter((what) => forbidden.test(what)), []);
  assert.ok(rest.includes("read /etc/passwd"));
  const compiled = await whatWorks(UNION_FLAGS, dir.path, "edge");
  assert.deepEqual(compiled.filter((what) => forbidden.test(what)), []);
});
