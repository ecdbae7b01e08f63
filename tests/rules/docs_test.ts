import assert from "node:assert/strict";
import { GENERATED } from "../../deploy/dev/docs.ts";
import { LauncherSchema } from "../../deploy/dev/settings.ts";
import { ROOT } from "../../deploy/dev/root.ts";
import { ConfigSchema } from "../../src/platform/config.ts";
import { projectFiles, readProject } from "./support.ts";

for (const [path, text] of Object.entries(GENERATED)) {
  Deno.test(`${path} is what the code says now`, async () => {
    const { stdout } = await formatted(await text());
    assert.equal(await readProject(path), stdout, "run ./denow task docs and commit what it wrote");
  });
}

Deno.test("every ROOMCAST_ setting that a file names exists", async () => {
  const known = new Set([
    ...Object.keys(ConfigSchema.shape),
    ...Object.keys(LauncherSchema.shape),
  ]);
  const unknown: string[] = [];
  const paths = (await projectFiles()).filter((path) =>
    /\.(ts|md|sh|yaml|service|conf)$|denow$|\.ci\/run$/.test(path) && !path.startsWith("tests/")
  );
  for (const path of paths) {
    for (const [name] of (await readProject(path)).matchAll(/\bROOMCAST_[A-Z][A-Z_]*[A-Z]\b/g)) {
      if (!known.has(name) && !known.has(name.replace(/_FILE$/, ""))) {
        unknown.push(`${path}: ${name}`);
      }
    }
  }
  assert.deepEqual(unknown, []);
});

Deno.test("links between documents lead somewhere", async () => {
  const files = new Set(await projectFiles());
  const broken: string[] = [];
  for (const path of [...files].filter((file) => file.endsWith(".md"))) {
    for (const [, target = ""] of (await readProject(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:|#)/.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const full = new URL(file, `file:///${path}`).pathname.slice(1).replace(/\/$/, "");
      const here = files.has(full) || [...files].some((other) => other.startsWith(`${full}/`));
      if (!here || (anchor !== undefined && !(await anchors(full)).has(anchor))) {
        broken.push(`${path}: ${target}`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

/** The anchors of a document's headings, as GitHub makes them. */
async function anchors(path: string): Promise<Set<string>> {
  const headings = (await readProject(path)).matchAll(/^#+\s+(.*)$/gm);
  return new Set(
    [...headings].map(([, text = ""]) =>
      text.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
    ),
  );
}

async function formatted(text: string): Promise<{ stdout: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return { stdout: new TextDecoder().decode((await child.output()).stdout) };
}
