import assert from "node:assert/strict";
import { ROOT } from "../../deploy/dev/root.ts";
import { findCommand } from "../../src/doctor/find.ts";
import { tempDir } from "../support/temp_dir.ts";

const ANALYZE = findCommand("systemd-analyze");
/** The programs that the units run. */
const PROGRAMS = [
  "usr/local/bin/roomcast",
  "usr/local/bin/roomcast-janus",
  "usr/sbin/nginx",
  "bin/kill",
];
/** Exposure, of 100, up to which systemd calls a service well protected. */
const EXPOSURE = 20;

async function analyze(args: readonly string[]): Promise<{ ok: boolean; said: string }> {
  const { success, stdout, stderr } = await new Deno.Command(ANALYZE ?? "", { args: [...args] })
    .output();
  const decoder = new TextDecoder();
  return { ok: success, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test({
  name: "systemd accepts the units we ship, and finds them well protected",
  ignore: ANALYZE === null,
  fn: async (t) => {
    await using dir = await tempDir();
    const units: string[] = [];
    await Deno.mkdir(`${dir.path}/etc/systemd/system`, { recursive: true });
    for await (const { name } of Deno.readDir(`${ROOT}/deploy/systemd`)) {
      if (!/\.(service|target)$/.test(name)) continue;
      const path = `${dir.path}/etc/systemd/system/${name}`;
      await Deno.copyFile(`${ROOT}/deploy/systemd/${name}`, path);
      units.push(name.replace("@.", "@rooms."));
    }
    for (const program of PROGRAMS) {
      await Deno.mkdir(`${dir.path}/${program}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${dir.path}/${program}`, "#!/bin/sh\n", { mode: 0o755 });
    }
    // Their targets are systemd's own.
    for (const name of ["network-online.target", "sysinit.target"]) {
      await Deno.writeTextFile(`${dir.path}/etc/systemd/system/${name}`, "[Unit]\n");
    }
    const root = `--root=${dir.path}`;
    const verified = await analyze(["verify", root, "--man=no", ...units]);
    assert.deepEqual(verified, { ok: true, said: "" });
    for (const unit of units.filter((name) => name.endsWith(".service"))) {
      const args = ["security", root, "--offline=yes", `--threshold=${EXPOSURE}`, unit];
      const { ok, said } = await analyze(args);
      assert.ok(ok, said);
    }
    await t.step("what docs/deploy.md enables comes up when the machine starts", async () => {
      const doc = await Deno.readTextFile(`${ROOT}/docs/deploy.md`);
      const enabled = [...doc.matchAll(/systemctl enable --now ([^`\n]+)/g)]
        .flatMap(([, names = ""]) => names.split(" "));
      const systemctl = (...args: string[]) =>
        new Deno.Command("systemctl", { args: [root, ...args] }).output();
      assert.ok((await systemctl("enable", ...enabled)).success);
      const wanted = async (target: string): Promise<string[]> => {
        const folder = `${dir.path}/etc/systemd/system/${target}.wants`;
        const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
        return (await Promise.all(
          names.map(async (name) => name.endsWith(".target") ? await wanted(name) : [name]),
        )).flat();
      };
      const up = await wanted("multi-user.target");
      const services = enabled.filter((name) => !name.endsWith(".target"))
        .map((name) => `${name}.service`);
      assert.deepEqual(up.sort(), services.sort());
      const roles = ["rooms", "users", "gateway", "edge"].map((role) => `roomcast@${role}.service`);
      assert.ok(roles.every((name) => services.includes(name)));
    });
    await Deno.writeTextFile(
      `${dir.path}/etc/systemd/system/roomcast-mixer.service`,
      "[Service]\nExecStart=/usr/local/bin/roomcast\nKillMood=mixed\n",
    );
    const mistaken = await analyze(["verify", root, "--man=no", "roomcast-mixer.service"]);
    assert.match(mistaken.said, /KillMood/);
  },
});
