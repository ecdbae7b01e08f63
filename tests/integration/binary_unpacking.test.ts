import assert from "node:assert/strict";
import { makeCompiled } from "../../deploy/binary/compiled.ts";
import { programFiles } from "../../deploy/binary/program_files.ts";
import { stage } from "../../deploy/binary/stage.ts";
import { VERSION } from "../../src/platform/version.ts";
import { madeFile } from "../support/made_file.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

let place: TempDir;
let roomcast: string;
Deno.test.beforeAll(async () => {
  // Another user may not get at the project's own folder.
  place = await tempDir();
  await Deno.chmod(place.path, 0o755);
  roomcast = `${place.path}/roomcast`;
  await Deno.copyFile(await madeFile("self-extracting"), roomcast);
});
Deno.test.afterAll(async () => await place[Symbol.asyncDispose]());

/** The user it runs as: another one than we are, when we may be one. */
const user = Deno.uid() === 0 ? { uid: 65534, gid: 65534 } : {};

async function say(
  args: readonly string[],
  env: Record<string, string>,
  as: { uid?: number; gid?: number } = user,
) {
  const { code, stdout, stderr } = await new Deno.Command(roomcast, {
    args: [...args],
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", NO_COLOR: "1", ...env },
    clearEnv: true,
    ...as,
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

const SAYS_VERSION = { code: 0, out: `${VERSION}\n`, err: "" };

/** A folder that the user may use. */
async function folderOf(path: string, mode = 0o700): Promise<string> {
  await Deno.mkdir(path);
  if (user.uid !== undefined) await Deno.chown(path, user.uid, user.gid ?? null);
  await Deno.chmod(path, mode);
  return path;
}

Deno.test("the made file unpacks once, for one user, when many start at once without a home", async () => {
  await using dir = await tempDir();
  await Deno.chmod(dir.path, 0o755);
  const tmp = await folderOf(`${dir.path}/tmp`);
  const mine = await folderOf(`${tmp}/roomcast-${user.uid ?? Deno.uid()}`);
  const old = async (name: string) => {
    const folder = await folderOf(`${mine}/roomcast-${name}`);
    await Deno.writeTextFile(`${folder}/deno`, "");
    return folder;
  };
  const [unused, running] = [await old("0.0.1-unused"), await old("0.0.2-running")];
  const half = await folderOf(`${mine}/.unpacking.killed`);
  // Who runs from a folder holds its Deno.
  const runs = new Deno.Command("flock", {
    args: ["--shared", `${running}/deno`, "sh", "-c", "echo held; exec sleep 60"],
    stdout: "piped",
  }).spawn();
  const held = runs.stdout.getReader();
  await held.read();
  try {
    const env = { HOME: "/nonexistent", TMPDIR: tmp };
    const starts = await Promise.all(Array.from({ length: 4 }, () => say(["version"], env)));
    for (const start of starts) assert.deepEqual(start, SAYS_VERSION);
    const names = (await Array.fromAsync(Deno.readDir(mine))).map(({ name }) => name).sort();
    const [kept, own, ...rest] = names.filter((name) => name !== ".lock");
    assert.deepEqual([kept, rest], ["roomcast-0.0.2-running", []], names.join());
    assert.match(own ?? "", new RegExp(`^roomcast-${VERSION}-[0-9a-f]{16}$`));
    for (const gone of [unused, half]) await assert.rejects(Deno.stat(gone), Deno.errors.NotFound);
    const { mode, uid } = await Deno.stat(`${mine}/${own}`);
    assert.deepEqual([(mode ?? 0) & 0o777, uid], [0o700, user.uid ?? Deno.uid()]);
  } finally {
    runs.kill("SIGKILL");
    await held.cancel();
    await runs.status;
  }
});

Deno.test("the made file says in one line which folder it will not use, and why", async () => {
  await using dir = await tempDir();
  await Deno.chmod(dir.path, 0o755);
  const refused = async (path: string) => {
    const { code, out, err } = await say(["version"], { ROOMCAST_CACHE_DIR: path });
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^roomcast: Cannot use ROOMCAST_CACHE_DIR: [^\n]+\n$/);
    return err;
  };
  const open = await folderOf(`${dir.path}/open`, 0o777);
  assert.match(await refused(open), new RegExp(`others than .* may write to ${open}`));
  await Deno.writeTextFile(`${dir.path}/file`, "");
  assert.match(await refused(`${dir.path}/file`), /cannot be made/);
});

Deno.test("unpack makes a folder that another user runs from and cannot change", async () => {
  await using dir = await tempDir();
  await Deno.chmod(dir.path, 0o755);
  const folder = `${dir.path}/opt/roomcast`;
  const { code, out, err } = await say(["unpack", folder], {}, {});
  assert.deepEqual([code, err], [0, ""]);
  assert.ok(out.startsWith(`${folder}/roomcast-${VERSION}-`));
  const before = await namesUnder(folder);
  const env = { ROOMCAST_CACHE_DIR: folder, HOME: "/nonexistent" };
  assert.deepEqual(await say(["version"], env), SAYS_VERSION);
  const flags = await say(["config", "permissions", "edge"], env);
  assert.deepEqual([flags.code, flags.err], [0, ""]);
  assert.match(flags.out, new RegExp(`^--allow-read=${folder}/roomcast-\\S+/src,`, "m"));
  if (user.uid !== undefined) assert.deepEqual(await namesUnder(folder), before);
});

Deno.test("makeCompiled() gets the whole program through deno compile", async () => {
  await using dir = await tempDir();
  const program = `${dir.path}/program`;
  await Deno.mkdir(program);
  await stage(await programFiles(), program);
  // A whole Deno runs nothing that is put into it; that it can be put in is what is asked here.
  const denort = Deno.execPath();
  await makeCompiled(program, `${dir.path}/roomcast`, { DENORT_BIN: denort });
  const text = new TextDecoder("latin1").decode(
    (await Deno.readFile(`${dir.path}/roomcast`)).subarray((await Deno.stat(denort)).size),
  );
  for (
    const inside of [
      "service Lease",
      "<!doctype html>",
      "port_pool.worker.ts",
      "upstream",
      "Cannot open a Unix datagram socket",
    ]
  ) assert.ok(text.includes(inside), inside);
  assert.ok(!text.includes("playwright"), "what only tests need goes in");
});

async function namesUnder(dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    names.push(`${dir}/${name}`);
    if (isDirectory) names.push(...await namesUnder(`${dir}/${name}`));
  }
  return names.sort();
}
