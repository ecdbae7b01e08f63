import assert from "node:assert/strict";
import { importsOf, resolveImport } from "./imports.ts";
import { projectFiles, readProject } from "./support.ts";

/** What each layer of src/ may import, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  platform: ["contracts"],
  coordination: ["contracts", "platform"],
  workers: ["contracts", "platform", "coordination"],
  hls: ["contracts", "platform"],
  control: ["contracts", "platform", "coordination", "workers"],
  gateway: ["contracts", "platform", "coordination", "workers", "hls"],
  media: ["contracts", "platform", "coordination", "workers", "hls"],
};

/** Packages that one place alone may import. */
const ONE_HOME: Readonly<Record<string, string>> = {
  etcd3: "src/coordination/",
  janode: "src/platform/janus/",
  ioredis: "src/platform/redis.ts",
};

interface Edge {
  readonly file: string;
  readonly specifier: string;
}

async function importsInSrc(): Promise<Edge[]> {
  const files = (await projectFiles()).filter((path) => /^src\/.*\.ts$/.test(path));
  const edges = await Promise.all(
    files.map(async (file) =>
      importsOf(await readProject(file)).map((specifier) => ({ file, specifier }))
    ),
  );
  return edges.flat();
}

function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

Deno.test("layers import downward only, and control, gateway and media never one another", async () => {
  const wrong = (await importsInSrc()).filter(({ file, specifier }) => {
    const allowed = MAY_IMPORT[layerOf(file)];
    const target = resolveImport(file, specifier);
    if (allowed === undefined || target === null || !target.startsWith("src/")) return false;
    return layerOf(target) !== layerOf(file) && !allowed.includes(layerOf(target));
  });
  assert.deepEqual(wrong, []);
});

Deno.test("layers never reach out of src, but for the version in deno.json", async () => {
  const wrong = (await importsInSrc()).filter(({ file, specifier }) => {
    const target = resolveImport(file, specifier);
    return target !== null && !target.startsWith("src/") && target !== "deno.json" &&
      file !== "src/main.ts";
  });
  assert.deepEqual(wrong, []);
});

Deno.test("etcd3, janode and ioredis are each imported in one place", async () => {
  const wrong = (await importsInSrc()).filter(({ file, specifier }) => {
    const name = specifier.replace(/^npm:/, "").split(/[@/]/)[0] ?? "";
    const home = ONE_HOME[name];
    return home !== undefined && !file.startsWith(home);
  });
  assert.deepEqual(wrong, []);
});

Deno.test("importsOf() finds every way to import when a module uses them all", () => {
  const source = `import a from "./a.ts";
import "./b.ts";
export { c } from "./c.ts";
const d = await import("./d.ts");
new Worker(new URL("./e.ts", import.meta.url));
// import "./not.ts"`;
  assert.deepEqual(importsOf(source), ["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts"]);
  assert.equal(resolveImport("src/a/b.ts", "../c/d.ts"), "src/c/d.ts");
});
