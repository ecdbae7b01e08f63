import assert from "node:assert/strict";
import { ROOT } from "../../deploy/dev/root.ts";
import { testCluster } from "../support/cluster.ts";
import { fencedBlocks } from "../support/fenced_blocks.ts";
import { tempDir } from "../support/temp_dir.ts";

/** The documents whose blocks marked `sh run` are run, each from top to bottom in one shell. The last one drains a mixer. */
const DOCUMENTS = ["docs/api.md", "docs/admin.md", "docs/operate.md"];

Deno.test("the commands in the docs work as they stand there", async (t) => {
  await using cluster = await testCluster({ gateways: 1, mixers: 2 });
  await using dir = await tempDir();
  await Deno.writeTextFile(
    `${dir.path}/roomcast`,
    `#!/bin/sh\nexec "${Deno.execPath()}" run -A --no-check "${ROOT}/src/main.ts" "$@"\n`,
    { mode: 0o755 },
  );
  // Ports are free ones here: all else is as written.
  const here = (text: string) =>
    text.replaceAll("http://localhost:8080", cluster.url)
      .replaceAll("http://127.0.0.1:2379", cluster.etcdUrl)
      .replaceAll("redis://127.0.0.1:6379", cluster.redisUrl);
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
});
