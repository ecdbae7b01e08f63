import assert from "node:assert/strict";
import { dirname } from "node:path";
import { ROOT } from "../../deploy/dev/root.ts";
import { tempDir } from "../support/temp_dir.ts";

async function run(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    ...{ args: [...args], cwd, env: { NO_COLOR: "1" } },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, text(stderr));
  return text(stdout);
}

Deno.test("every role loads from what the image holds, which is no package for tests or pages", async () => {
  await using dir = await tempDir();
  const app = `${dir.path}/app`;
  // As the Dockerfile does it.
  await run(ROOT, Deno.execPath(), ["run", "-A", "deploy/images/render.ts", dir.path]);
  await run(ROOT, "sh", [
    "-c",
    `cp -r src deno.lock ${app}/ && mkdir -p ${app}/deploy && cp -r deploy/stubs ${app}/deploy/`,
  ]);
  await run(app, Deno.execPath(), ["install", "--frozen=false", "--quiet"]);
  await Deno.writeTextFile(
    `${app}/load.ts`,
    `import { ROLES } from "./src/roles.ts";
for (const { load } of Object.values(ROLES)) await load();
await import("./src/doctor/doctor.ts");
await import("./src/drain.ts");
Deno.stdout.writeSync(new TextEncoder().encode("all"));`,
  );
  const flags = ["-A", "--no-check", "--cached-only", "--frozen", "--config", `${app}/deno.json`];
  assert.equal(await run("/", Deno.execPath(), ["run", ...flags, `${app}/load.ts`]), "all");
  // As the image's entry point does it.
  const roomcast = ["-c", `exec sh ${ROOT}/deploy/images/roomcast.sh "$@"`, "sh"];
  const permissions = await run("/", "env", [
    ...[`APP_DIR=${app}`, `PATH=${dirname(Deno.execPath())}:/usr/bin:/bin`],
    ...["sh", ...roomcast, "config", "permissions", "edge"],
  ]);
  assert.match(permissions, new RegExp(`^--allow-read=${app}/src,${app}/node_modules$`, "m"));
  const packages = [...Deno.readDirSync(`${app}/node_modules`)].map(({ name }) => name);
  for (const name of ["svelte", "vite", "typescript", "playwright-core", "ajv"]) {
    assert.ok(!packages.includes(name), `${name} is in the image`);
  }
});
