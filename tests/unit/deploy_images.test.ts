import assert from "node:assert/strict";
import { ROOT } from "../../deploy/dev/root.ts";
import { janusTemplate } from "../../deploy/images/janus_template.ts";
import { productionManifest } from "../../deploy/images/production.ts";
import { janusConfig } from "../../deploy/local/janus_config.ts";
import { ConfigSchema } from "../../src/platform/config.ts";
import { tempDir } from "../support/temp_dir.ts";

const SECRET = "0123456789abcdef";

async function run(script: string, args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(`${ROOT}/deploy/${script}`, {
    args: [...args],
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("productionManifest() keeps what sources import, and nothing that only tests need", () => {
  const manifest = JSON.stringify({
    name: "roomcast",
    tasks: { test: "deno test" },
    fmt: {},
    lint: {},
    imports: {
      "@a/b": "npm:@a/b@1",
      "@a/c": "npm:@a/c@1",
      d: "npm:d@1",
      e: "npm:e@1",
      f: "npm:f@1",
    },
  });
  const sources = [
    'import { x } from "@a/b";\nexport { y } from "d/inner";',
    'await import("e");\nimport z from "./f.ts";',
  ];
  assert.deepEqual(JSON.parse(productionManifest(manifest, sources)), {
    name: "roomcast",
    imports: { "@a/b": "npm:@a/b@1", d: "npm:d@1", e: "npm:e@1" },
  });
});

Deno.test("janus.sh says in one line what is wrong when it has no secret that Janus would take", async () => {
  await using dir = await tempDir();
  const file = `${dir.path}/secret`;
  const tell = async (text: string) => {
    await Deno.writeTextFile(file, text);
    return await run("images/janus.sh", [], { JANUS_API_SECRET_FILE: file });
  };
  const unset = await run("images/janus.sh", []);
  assert.deepEqual(unset, {
    code: 1,
    out: "",
    err: "roomcast-janus: JANUS_API_SECRET_FILE is not set\n",
  });
  for (const text of ["short", `hunter2"; debug_level = 7 #`, `${SECRET}\n"evil"`]) {
    const { code, err } = await tell(text);
    assert.equal(code, 1);
    assert.match(err, /^roomcast-janus: JANUS_API_SECRET_FILE holds [^\n]+\n$/);
    assert.ok(!err.includes("hunter2") && !err.includes("evil"));
  }
  assert.match((await tell(SECRET)).err, /JANUS_ADMIN_KEY_FILE is not set/);
});

Deno.test("janus.sh fills in every name of the template when it has all it asks for", async () => {
  const names = new Set(
    Object.values(janusTemplate()).join("").match(/\$\{[A-Z_]+\}/g)?.map((name) =>
      name.slice(2, -1)
    ),
  );
  const script = await Deno.readTextFile(`${ROOT}/deploy/images/janus.sh`);
  for (const name of names) assert.match(script, new RegExp(`\\b${name}\\b`), name);
  const values = { dir: "D", modules: "M", wsIp: "1.2.3.4", wsPort: 1, rtpMin: 2, rtpMax: 3 };
  const made = janusConfig({ ...values, apiSecret: "A", adminKey: "K" });
  assert.deepEqual(Object.keys(made), Object.keys(janusTemplate()));
});

Deno.test("janus.sh tells Janus the public address of its own machine when there is a file for each", async () => {
  await using dir = await tempDir();
  const at = (name: string) => `${dir.path}/${name}`;
  for (const name of ["run", "templates", "ips", "bin"]) await Deno.mkdir(at(name));
  // All that it needs but Janus, so that it ends when the configuration is made.
  for (const name of ["awk", "cat", "mkdir"]) {
    await Deno.symlink(`/usr/bin/${name}`, at(`bin/${name}`));
  }
  for (const [name, text] of Object.entries(janusTemplate())) {
    await Deno.writeTextFile(at(`templates/${name}`), text);
  }
  await Deno.writeTextFile(at("secret"), SECRET);
  await Deno.writeTextFile(at("ips/machine-1"), "203.0.113.7\n");
  const nat = async (machine: string, publicIp = "") => {
    const { err } = await run("images/janus.sh", [], {
      PATH: at("bin"),
      ...{ JANUS_WS_IP: "10.0.0.7", JANUS_MEDIA_IP: "10.0.0.7", JANUS_PUBLIC_IP: publicIp },
      ...{ JANUS_RTP_MIN: "20000", JANUS_RTP_MAX: "21999" },
      ...{ JANUS_API_SECRET_FILE: at("secret"), JANUS_ADMIN_KEY_FILE: at("secret") },
      ...{ JANUS_DIR: at("run"), JANUS_TEMPLATES: at("templates") },
      ...{ JANUS_PUBLIC_IPS: at("ips"), NODE_NAME: machine },
    });
    assert.match(err, /janus: not found/);
    return /nat_1_1_mapping = "(.*)"/.exec(await Deno.readTextFile(at("run/janus.jcfg")))?.[1];
  };
  assert.equal(await nat("machine-1"), "203.0.113.7");
  assert.equal(await nat("machine-2"), undefined);
  assert.equal(await nat("machine-2", "203.0.113.9"), "203.0.113.9");
});

Deno.test("secrets.sh makes secrets that nobody else can reach, and keeps those that are there", async () => {
  await using dir = await tempDir();
  const folder = `${dir.path}/secrets`;
  const first = await run("secrets.sh", [folder], { REDIS_HOST: "10.0.0.2" });
  assert.equal(first.code, 0, first.err);
  const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
  assert.match(await read("janus_api_secret"), /^[0-9a-f]{48}$/);
  const [, password = ""] = /^redis:\/\/roomcast:([0-9a-f]{48})@10\.0\.0\.2:6379$/
    .exec(await read("redis_url")) ?? [];
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(password));
  const acl = await read("redis_acl");
  assert.match(acl, /^user default off$/m);
  assert.ok(acl.includes(`#${new Uint8Array(hash).toHex()} `));
  assert.equal(
    await read("turnserver_conf"),
    `static-auth-secret=${await read("turn_secret")}\n`,
  );
  assert.equal(((await Deno.stat(folder)).mode ?? 0) & 0o077, 0);
  await Deno.remove(`${folder}/janus_admin_key`);
  const second = await run("secrets.sh", [folder]);
  assert.equal(second.out, `made ${folder}/janus_admin_key\n`);
  assert.ok((await read("redis_url")).includes(password));
  assert.equal(await read("redis_acl"), acl);
  await Deno.remove(`${folder}/redis_backup_password`);
  await run("secrets.sh", [folder]);
  const [everyone, roomcast, backup] = (await read("redis_acl")).trimEnd().split("\n");
  assert.deepEqual([everyone, roomcast], acl.split("\n").slice(0, 2));
  assert.match(backup ?? "", /^user backup on #[0-9a-f]{64} \+psync \+sync \+replconf$/);
  assert.ok(!acl.includes(backup ?? ""));
});

Deno.test("ready.sh asks each role at the port that it listens on by default", async () => {
  const script = await Deno.readTextFile(`${ROOT}/deploy/images/ready.sh`);
  const ports = [...script.matchAll(/\$\{(ROOMCAST_[A-Z_]+_PORT):-(\d+)\}/g)];
  assert.ok(ports.length === 6);
  const defaults: Record<string, unknown> = ConfigSchema.parse({});
  for (const [, name = "", port] of ports) assert.equal(String(defaults[name]), port, name);
});

Deno.test("ready.sh is true when a server answers 200, and false for anything else", async () => {
  let status = 200;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("", { status }),
  );
  const ask = async () =>
    (await run("images/ready.sh", ["role", "edge"], {
      ROOMCAST_EDGE_PORT: String(server.addr.port),
    })).code;
  assert.equal(await ask(), 0);
  status = 503;
  assert.equal(await ask(), 1);
  await server.shutdown();
  assert.equal(await ask(), 1);
  assert.equal((await run("images/ready.sh", ["role", "nobody"])).code, 2);
  assert.equal((await run("images/ready.sh", [])).code, 2);
});
