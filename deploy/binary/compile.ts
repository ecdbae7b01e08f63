import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildPages } from "../dev/pages.ts";
import { ROOT } from "../dev/root.ts";
import { makeCompiled } from "./compiled.ts";
import { findDenort } from "./denort.ts";
import { programFiles } from "./program_files.ts";
import { makeSelfExtracting } from "./self_extracting.ts";
import { stage } from "./stage.ts";
import { tryOut } from "./try_out.ts";

const USAGE = "deno task compile [--output dist/roomcast] [--self-extracting]";

/** Makes the whole of Roomcast one file, and says how it did. */
async function compile(output: string, selfExtracting: boolean): Promise<void> {
  await buildPages(say);
  const files = await programFiles();
  const work = await Deno.makeTempDir({ prefix: "roomcast-compile-" });
  const made = `${work}/roomcast`;
  try {
    const dir = `${work}/program`;
    await Deno.mkdir(dir);
    await stage(files, dir);
    const denort = selfExtracting ? null : await findDenort();
    if (denort === null && !selfExtracting) {
      say("denort, into which deno compile puts programs, is not to be had here");
    }
    const how = denort !== null && await compiledWith(denort.from, files.version, dir, made)
      ? `by deno compile, with denort from ${denort.from}`
      : await packed(files.version, dir, work, made);
    await Deno.mkdir(dirname(output), { recursive: true });
    // At once as a whole, and also when the one before runs.
    await Deno.copyFile(made, `${output}.new`);
    await Deno.chmod(`${output}.new`, 0o755);
    await Deno.rename(`${output}.new`, output);
    const { size } = await Deno.stat(output);
    say(`Made ${output} (${(size / 1e6).toFixed(1)} MB) ${how}`);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** False, having said why, when what it makes does not run. */
async function compiledWith(
  from: string,
  version: string,
  dir: string,
  made: string,
): Promise<boolean> {
  say(`Compiling with denort from ${from}…`);
  try {
    await makeCompiled(dir, made);
    await tryOut(made, { version, etcd: true });
    return true;
  } catch (err) {
    say(`It cannot be compiled: ${err instanceof Error ? err.message : err}`);
    return false;
  }
}

async function packed(version: string, dir: string, work: string, made: string): Promise<string> {
  say("Packing Deno and the program…");
  await makeSelfExtracting({ dir, version, archive: `${work}/payload.tar.gz`, output: made });
  await tryOut(made, { version });
  return `as a self-extracting file, with Deno ${Deno.version.deno} inside`;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

Deno.chdir(ROOT);
try {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      output: { type: "string", default: `${ROOT}/dist/roomcast` },
      "self-extracting": { type: "boolean", default: false },
    },
  });
  await compile(resolve(values.output), values["self-extracting"]);
  Deno.exit(0);
} catch (err) {
  const message = err instanceof Error ? err.message : String(err);
  say(err instanceof TypeError ? `${message}\n${USAGE}` : message);
  Deno.exit(1);
}
