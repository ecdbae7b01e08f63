import assert from "node:assert/strict";
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
  const packages = [...Deno.readDirSync(`${app}/node_modules`)].map(({ name }) => name);
  for (const name of ["svelte", "vite", "typescript", "playwright-core", "ajv"]) {
    assert.ok(!packages.includes(name), `${name} is in the image`);
  }
});
