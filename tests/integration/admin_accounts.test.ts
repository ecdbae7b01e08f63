import assert from "node:assert/strict";
import { admin, parseAdmin } from "../../src/admin.ts";
import { ROOT } from "../../deploy/dev/root.ts";
import { localAdmin } from "../../deploy/dev/local_admin.ts";
import { TokenPair } from "../../src/contracts/users.ts";
import { readConfig } from "../../src/platform/config.ts";
import { tempDir } from "../support/temp_dir.ts";
import { PASSWORD, type Service, UsersHarness } from "./users_harness.ts";

const harness = new UsersHarness();
let service: Service;

Deno.test.beforeAll(async () => {
  await harness.start();
  service = await harness.service();
});

Deno.test.afterAll(() => harness.stop());

/** What `roomcast admin …` prints. */
async function run(...args: string[]): Promise<string> {
  const command = parseAdmin(args);
  assert.ok(command, args.join(" "));
  const lines: string[] = [];
  const config = readConfig({ ROOMCAST_REDIS: harness.url });
  await admin(command, config, (line) => lines.push(line));
  return lines.join("\n");
}

Deno.test("roomcast admin grant makes the next access token an admin's, and revoke undoes it", async () => {
  const pair = await service.register("grace");
  assert.equal(pair.user.role, "user");
  assert.match(await run("grant", "Grace"), /^grace \(u-.*\) is an admin now/);
  assert.match(await run("grant", pair.user.id), /admin already/);
  const next = await service.refresh(pair.refreshToken);
  const admins = TokenPair.parse(await next.json());
  assert.equal(admins.user.role, "admin");
  assert.equal(JSON.parse(atob(admins.accessToken.split(".")[1] ?? "")).role, "admin");
  assert.match(await run("list"), /^grace\tu-/);
  assert.match(await run("revoke", "grace"), /no admin any more/);
  const last = TokenPair.parse(await (await service.refresh(admins.refreshToken)).json());
  assert.equal(last.user.role, "user");
  assert.match(await run("list"), /no admin yet/);
  // The account is otherwise what it was.
  assert.equal(
    (await service.post("/api/auth/login", { login: "grace", password: PASSWORD })).status,
    200,
  );
});

Deno.test("roomcast admin create makes an account with a password that is shown once", async () => {
  const printed = await run("create", "ops");
  const password = /shown this once: (\S{24})$/.exec(printed)?.[1];
  const answer = await service.post("/api/auth/login", { login: "ops", password });
  assert.equal(TokenPair.parse(await answer.json()).user.role, "admin");
  await assert.rejects(run("create", "ops"), /is taken.*or make that one an admin: grant/);
  await run("revoke", "ops");
});

Deno.test("roomcast admin says in one line what it cannot do", async () => {
  const guest = await service.pair("/api/auth/guest");
  await assert.rejects(run("grant", guest.user.id), /is a guest: only who has an account/);
  await assert.rejects(run("grant", "nobody-here"), /no account "nobody-here": make one/);
  await assert.rejects(run("create", "x!"), /"x!" cannot be a login name/);
  for (const args of [[], ["list", "all"], ["grant"], ["grant", "a", "b"], ["crown", "a"]]) {
    assert.equal(parseAdmin(args), null);
  }
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "src/main.ts", "admin", "crown", "ada"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(code, 2);
  assert.match(new TextDecoder().decode(stderr), /^roomcast: Say roomcast admin list[^\n]+\n$/);
});

Deno.test("localAdmin() makes the launcher's admin once, and takes no account that is somebody's", async () => {
  await using dir = await tempDir();
  const first = await localAdmin(dir.path, harness.url);
  assert.match(first, /sign in as admin; the password is in .*admin_password/);
  const password = (await Deno.readTextFile(`${dir.path}/admin_password`)).trim();
  assert.ok(!first.includes(password));
  assert.equal(((await Deno.stat(`${dir.path}/admin_password`)).mode ?? 0) & 0o077, 0);
  assert.equal(await localAdmin(dir.path, harness.url), first);
  assert.equal((await service.post("/api/auth/login", { login: "admin", password })).status, 200);
  await Deno.remove(`${dir.path}/admin_password`);
  assert.match(await localAdmin(dir.path, harness.url), /admin grant/);
});
