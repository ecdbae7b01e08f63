import assert from "node:assert/strict";
import { ROOT } from "../../deploy/dev/root.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { startRedis } from "../../deploy/local/redis.ts";
import { testCluster } from "../support/cluster.ts";
import { runShell } from "../support/doc_blocks.ts";
import { fencedBlocks } from "../support/fenced_blocks.ts";
import { tempDir } from "../support/temp_dir.ts";

/** The documents whose blocks marked `sh run` are run, each from top to bottom in one shell. The last one drains a mixer. */
const DOCUMENTS = ["docs/api.md", "docs/admin.md", "docs/operate.md"];

Deno.test("the commands in the docs work as they stand there", async (t) => {
  await using dir = await tempDir();
  const secrets = `${dir.path}/secrets`;
  await runShell(`"${ROOT}/deploy/secrets.sh" "${secrets}"`, dir.path);
  const port = freePort();
  const startHere = async (folder: string) => {
    const [data, logFile] = [`${dir.path}/${folder}`, `${dir.path}/${folder}.log`];
    return await startRedis({ dir: data, port, logFile, aclFile: `${secrets}/redis_acl` });
  };
  const redisUrl = (await Deno.readTextFile(`${secrets}/redis_url`))
    .replace("redis:6379", `127.0.0.1:${port}`);
  await using redis = new AsyncDisposableStack();
  const first = redis.adopt(await startHere("redis"), (one) => one.stop());
  await using cluster = await testCluster({ gateways: 1, mixers: 2, redisUrl });
  await Deno.writeTextFile(
    `${dir.path}/roomcast`,
    `#!/bin/sh\nexec "${Deno.execPath()}" run -A --no-check "${ROOT}/src/main.ts" "$@"\n`,
    { mode: 0o755 },
  );
  // Ports are free ones here: all else is as written.
  const here = (text: string) =>
    text.replaceAll("http://localhost:8080", cluster.url)
      .replaceAll("http://127.0.0.1:2379", cluster.etcdUrl)
      .replaceAll("redis://127.0.0.1:6379", redisUrl)
      .replaceAll("-h 127.0.0.1 -p 6379", `-h 127.0.0.1 -p ${port}`)
      .replaceAll("/etc/roomcast/secrets", secrets);
  for (const path of DOCUMENTS) {
    await t.step(path, async () => {
      const blocks = fencedBlocks(await Deno.readTextFile(`${ROOT}/${path}`))
        .filter(({ info }) => info[0] === "sh" && info[1] === "run");
      assert.ok(blocks.length > 0, `${path} has no block to run`);
      const script = blocks.map(({ text, line }) => `echo "── line ${line}"\n${text}`).join("\n");
      const { success, stdout, stderr } = await new Deno.Command("bash", {
        args: ["-euo", "pipefail", "-c", here(script)],
        cwd: dir.path,
        env: { PATH: `${dir.path}:${Deno.env.get("PATH")}`, ETCDCTL_API: "3" },
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      assert.ok(success, `${text(stdout)}\n${text(stderr)}`);
    });
  }

  await t.step("the Redis that docs/operate.md makes of its copy knows the accounts", async () => {
    await first.stop();
    redis.adopt(await startHere("redis-restored"), (one) => one.stop());
    const admins = `export ROOMCAST_REDIS="${redisUrl}"\n./roomcast admin list`;
    assert.match(await runShell(admins, dir.path), /\bops\b/);
  });
});
