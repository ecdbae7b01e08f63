import assert from "node:assert/strict";
import { projectFiles, readProject } from "./support.ts";

Deno.test("every client of etcd and Redis goes the way that the settings name: TLS, certificate, user", async () => {
  const wrong: string[] = [];
  for (const path of (await projectFiles()).filter((file) => /^src\/.*\.ts$/.test(file))) {
    for (const [call] of (await readProject(path)).matchAll(/\bconnect(?:Etcd|Redis)\([^)]*\)/g)) {
      if (/config\.ROOMCAST_/.test(call)) wrong.push(`${path}: ${call}`);
    }
  }
  assert.deepEqual(wrong, [], "use etcdAccess(config) and redisAccess(config)");
});
