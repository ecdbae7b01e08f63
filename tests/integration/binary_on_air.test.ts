import assert from "node:assert/strict";
import type { Identity } from "../../deploy/local/process.ts";
import { localSecrets } from "../../deploy/local/secrets.ts";
import { findCommand } from "../../src/doctor/find.ts";
import { startCluster } from "../../deploy/local/cluster.ts";
import { VERSION } from "../../src/platform/version.ts";
import { RoomApi } from "../chaos/room_api.ts";
import { HlsClient } from "../support/hls/hls_client.ts";
import { madeFile } from "../support/made_file.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

/** Nobody, when we may be somebody else. */
const NOBODY: Identity = { uid: 65534, gid: 65534 };
const user = Deno.uid() === 0 ? NOBODY : undefined;

Deno.test("the made file takes a room on air from an empty folder, as another user", async (t) => {
  await using dir = await tempDir();
  const made = await madeFile();
  // As an operator gets it: one file, and nothing beside it.
  const roomcast = `${dir.path}/bin/roomcast`;
  const [home, empty, front] = ["home", "empty", "front"].map((name) => `${dir.path}/${name}`);
  assert.ok(home && empty && front);
  for (const path of [`${dir.path}/bin`, home, empty, front]) await Deno.mkdir(path);
  await Deno.copyFile(made, roomcast);
  await Deno.chmod(dir.path, 0o755);
  await Deno.chmod(roomcast, 0o755);
  const cluster = `${dir.path}/cluster`;
  await localSecrets(`${cluster}/secrets`);
  await own([home, empty, front, cluster]);
  const env = { HOME: home, XDG_CACHE_HOME: "", XDG_DATA_HOME: "", DENO_DIR: "" };
  const say = (...args: string[]) => call(roomcast, args, empty, env);

  await t.step("pages writes a front door that nginx takes", async () => {
    const { code, out, err } = await say("pages", front, "--edges", "10.0.0.1:8090,10.0.0.2:8090");
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /nginx -e stderr -p \S+ -c \S+nginx\.conf/);
    assert.match(await Deno.readTextFile(`${front}/web/index.html`), /<!doctype html>/i);
    const { success, stderr } = await new Deno.Command(findCommand("nginx") ?? "nginx", {
      args: ["-t", "-e", "stderr", "-p", `${front}/nginx`, "-c", `${front}/nginx/nginx.conf`],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  });

  await t.step("exit codes and words are the program's own", async () => {
    assert.deepEqual(await say("version"), { code: 0, out: `${VERSION}\n`, err: "" });
    const { code, err } = await say("serve", "roms");
    assert.equal(code, 2);
    assert.match(err, /^roomcast: There is no role "roms"[^\n]+\n$/);
  });

  const site = await startCluster({
    dir: cluster,
    gateways: 1,
    webRoot: `${front}/web`,
    program: { path: roomcast, cwd: empty, ...(user === undefined ? {} : { user }) },
    env,
  });
  try {
    await t.step("a room goes on air, and a part of its sound is served", async () => {
      assert.match(await (await fetch(site.url)).text(), /<!doctype html>/i);
      const api = await RoomApi.guest(site.url);
      await api.create("from-one-file");
      await api.start("from-one-file");
      await until("on air", async () => await api.state("from-one-file") === "on_air");
      const hls = new HlsClient(
        `${site.url}/hls/from-one-file/live.m3u8`,
        AbortSignal.timeout(20_000),
      );
      // What Janus sent and FFmpeg encoded, not the silence that stands in for it.
      const part = await until("sound from the room", async () => {
        const uri = (await hls.playlist()).match(
          /#EXT-X-PART:.*URI="([^"]+)"(?![\s\S]*#EXT-X-PART:)/,
        );
        const part = await hls.media(uri?.[1] ?? "");
        return part.sourceFrames > 0 && part;
      });
      assert.equal(new TextDecoder().decode(part.bytes.subarray(4, 8)), "moof");
    });

    await t.step(
      "every role is the other user's process, and may do no more than it must",
      async () => {
        for (const name of ["rooms", "users", "gateway-1", "edge-1", "janus-1", "mixer-1"]) {
          const { pid } = site.process(name);
          const status = await Deno.readTextFile(`/proc/${pid}/status`);
          if (user !== undefined) assert.match(status, new RegExp(`^Uid:\\t${user.uid}\\t`, "m"));
          assert.equal(await Deno.readLink(`/proc/${pid}/cwd`), empty);
          const args = (await Deno.readTextFile(`/proc/${pid}/cmdline`)).split("\0");
          assert.ok(!args.some((arg) => /^(-A|--allow-all)$/.test(arg)), args.join(" "));
        }
      },
    );
    assert.deepEqual(await Array.fromAsync(Deno.readDir(empty)), [], "the empty folder stays so");
  } finally {
    await site.stop();
  }
});

async function own(paths: readonly string[]): Promise<void> {
  if (user === undefined) return;
  for (const path of paths) {
    await Deno.chown(path, user.uid, user.gid);
    if (!(await Deno.stat(path)).isDirectory) continue;
    await own((await Array.fromAsync(Deno.readDir(path))).map(({ name }) => `${path}/${name}`));
  }
}

async function call(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
) {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    ...(user ?? {}),
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}
