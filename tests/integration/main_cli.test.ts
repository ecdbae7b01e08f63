import assert from "node:assert/strict";
import { ROOT } from "../../deploy/dev/root.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { startRedis } from "../../deploy/local/redis.ts";
import { redisKeys } from "../../src/control/users/redis_keys.ts";
import { flagsOfCommand } from "../../src/permissions/flags_of.ts";
import { VERSION } from "../../src/platform/version.ts";
import { tempDir } from "../support/temp_dir.ts";

async function roomcast(
  args: readonly string[],
  env: Record<string, string> = {},
  flags: readonly string[] = flagsOfCommand(args, env),
) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, "--no-check", "src/main.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("roomcast version prints the version", async () => {
  assert.deepEqual(await roomcast(["version"]), { code: 0, out: `${VERSION}\n`, err: "" });
});

Deno.test("roomcast says in one line what is wrong when the command line makes no sense", async () => {
  const results = await Promise.all([
    roomcast(["frobnicate"]),
    roomcast(["serve"]),
    roomcast(["serve", "rooms", "roms"]),
    roomcast(["keys", "turn"]),
    roomcast(["config"]),
    roomcast(["config", "permissions"]),
    roomcast(["pages"]),
    roomcast(["pages", "/nowhere", "--listen", "80; user root"]),
    roomcast(["pages", "/nowhere", "--lisen", "h:80"]),
  ]);
  for (const { code, err } of results) {
    assert.equal(code, 2);
    assert.match(err, /^roomcast: [^\n]+\n$/);
  }
  assert.match(results[2]?.err ?? "", /no role "roms": choose from rooms, users/);
});

Deno.test("roomcast serve names the setting in one line when it cannot be used", async () => {
  const { code, err } = await roomcast(["serve", "edge"], { ROOMCAST_EDGE_PORT: "70000" });
  assert.equal(code, 1);
  assert.match(err, /^roomcast: Cannot use ROOMCAST_EDGE_PORT: [^\n]+\n$/);
});

Deno.test("roomcast config permissions prints the flags that a role runs with", async () => {
  const { code, out, err } = await roomcast(["config", "permissions", "users"]);
  assert.deepEqual([code, err], [0, ""]);
  assert.deepEqual(out.trimEnd().split("\n"), flagsOfCommand(["serve", "users"], {}));
});

Deno.test("roomcast keys rotate makes a key that is in the key set at once", async () => {
  await using dir = await tempDir();
  const redis = await startRedis({
    dir: `${dir.path}/redis`,
    port: freePort(),
    logFile: `${dir.path}/redis.log`,
  });
  try {
    const env = { ROOMCAST_REDIS: redis.url };
    const kids = await Promise.all([1, 2].map(async () => {
      const { code, out, err } = await roomcast(["keys", "rotate"], env);
      return { code, err, kid: /^Key (\S+) signs in 60 s/.exec(out)?.[1] };
    }));
    const made = kids.filter(({ code }) => code === 0);
    assert.ok(made.length > 0 && made.every(({ kid }) => kid !== undefined), JSON.stringify(kids));
    const stored = await new Deno.Command("redis-cli", {
      args: ["-u", redis.url, "GET", redisKeys.keyRing],
    }).output();
    const ring = new TextDecoder().decode(stored.stdout);
    for (const { kid } of made) assert.ok(ring.includes(kid ?? ""), ring.slice(0, 200));
  } finally {
    await redis.stop();
  }
  const { code, err } = await roomcast(["keys", "rotate"], { ROOMCAST_REDIS: redis.url });
  assert.equal(code, 1);
  assert.match(err, /^roomcast: Cannot rotate the keys: Redis cannot be reached[^\n]+\n$/);
});

Deno.test("roomcast serve names port and setting in one line when the port is taken", async () => {
  await using dir = await tempDir();
  const redis = await startRedis({
    dir: `${dir.path}/redis`,
    port: freePort(),
    logFile: `${dir.path}/redis.log`,
  });
  const port = freePort();
  using _holder = Deno.listen({ hostname: "127.0.0.1", port });
  try {
    const { code, err } = await roomcast(["serve", "users"], {
      ROOMCAST_REDIS: redis.url,
      ROOMCAST_USERS_PORT: String(port),
      ROOMCAST_LOG_LEVEL: "silent",
    });
    assert.equal(code, 1);
    assert.match(
      err,
      new RegExp(
        `^roomcast: Cannot start users: port ${port} is taken; set ROOMCAST_USERS_PORT[^\n]+\n$`,
      ),
    );
  } finally {
    await redis.stop();
  }
});

Deno.test("roomcast doctor exits with 1 and says how to fix it when nothing answers", async () => {
  await using dir = await tempDir();
  const port = freePort();
  using _holder = Deno.listen({ hostname: "127.0.0.1", port });
  const { code, out } = await roomcast(["doctor"], {
    ROOMCAST_ETCD: `http://127.0.0.1:${freePort()}`,
    ROOMCAST_REDIS: `redis://user:hunter2@127.0.0.1:${freePort()}`,
    ROOMCAST_JANUS_URL: `ws://127.0.0.1:${freePort()}/`,
    ROOMCAST_ROOMS_PORT: String(port),
    ROOMCAST_DATA_DIR: dir.path,
    // Only who may do everything may see whose a port is.
  }, ["-A"]);
  assert.equal(code, 1);
  for (const what of ["etcd reachable", "Redis reachable", "Janus reachable", "port of rooms"]) {
    assert.match(out, new RegExp(`✗ ${what}.*\n +→ .+`), what);
  }
  assert.match(out, new RegExp(`taken by .*pid ${Deno.pid}`));
  assert.match(out, /✓ FFmpeg/);
  assert.doesNotMatch(out, /hunter2/);
});
