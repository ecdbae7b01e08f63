import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { alive, launcherEnv, pidsIn, startLauncher } from "./dev_rig.ts";

const READY = "Ctrl-C stops it all";

Deno.test("task dev starts everything, keeps others out, and leaves nothing when it ends", async (t) => {
  await using dir = await tempDir();
  const env = launcherEnv(dir.path);
  const front = `http://127.0.0.1:${env.ROOMCAST_HTTP_PORT}`;
  const first = startLauncher(env);
  const pids = pidsIn(await first.says(READY));

  await t.step("the front door serves the page, the API and a guest's token", async () => {
    assert.equal(pids.length, 10);
    const page = await fetch(front);
    assert.match(await page.text(), /<html/i);
    assert.match(page.headers.get("content-security-policy") ?? "", /script-src 'self'/);
    const rooms = await fetch(`${front}/api/rooms`);
    assert.deepEqual(await rooms.json(), { rooms: [], nextCursor: null });
    const guest = await fetch(`${front}/api/auth/guest`, { method: "POST" });
    assert.ok(guest.ok, await guest.text());
  });

  await t.step("a second one in the same folder is one line", async () => {
    const second = startLauncher(env);
    assert.equal((await second.child.status).code, 1);
    assert.match(await second.says("\n"), /^Roomcast runs in this folder already \(pid \d+\).*\n$/);
  });

  await t.step("a role that is killed comes back", async () => {
    const edge = /^edge-1 +\S+ +(\d+)/m.exec(first.text())?.[1];
    Deno.kill(Number(edge), "SIGKILL");
    await first.says("edge-1 is back");
    await (await fetch(`http://127.0.0.1:${env.ROOMCAST_EDGE_PORT}/livez`)).body?.cancel();
  });

  await t.step("Ctrl-C stops it all", async () => {
    first.child.kill("SIGINT");
    // A terminal and `deno task` both pass it on.
    first.child.kill("SIGINT");
    assert.equal((await first.child.status).code, 0);
    assert.deepEqual(alive(pidsIn(first.text())), []);
    await assert.rejects(fetch(front));
  });

  await t.step("kill -9 of the launcher takes everything with it", async () => {
    const again = startLauncher(env);
    const pids = pidsIn(await again.says(READY));
    assert.equal(pids.length, 10);
    again.child.kill("SIGKILL");
    await again.child.status;
    await until("all processes are gone", () => alive(pids).length === 0);
  });
});

Deno.test("task dev says port, setting and holder in one line when a port is taken", async () => {
  await using dir = await tempDir();
  const port = freePort();
  using _holder = Deno.listen({ hostname: "127.0.0.1", port });
  const launcher = startLauncher({ ...launcherEnv(dir.path), ROOMCAST_USERS_PORT: String(port) });
  assert.equal((await launcher.child.status).code, 1);
  assert.match(
    await launcher.says("\n"),
    new RegExp(
      `^Cannot start users: port ${port} is taken.*pid ${Deno.pid}.*ROOMCAST_USERS_PORT.*\n$`,
    ),
  );
});

Deno.test("task dev names the setting in one line when its value cannot be used", async () => {
  await using dir = await tempDir();
  const launcher = startLauncher({ ...launcherEnv(dir.path), ROOMCAST_HTTP_PORT: "eighty" });
  assert.equal((await launcher.child.status).code, 1);
  assert.match(await launcher.says("\n"), /^Cannot use ROOMCAST_HTTP_PORT: .*\n$/);
});
