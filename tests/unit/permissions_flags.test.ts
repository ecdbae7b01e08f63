import assert from "node:assert/strict";
import { hostPort } from "../../src/permissions/addresses.ts";
import { denoFlags } from "../../src/permissions/deno_flags.ts";
import { flagsOfCommand, flagsOfRoles } from "../../src/permissions/flags_of.ts";
import { UNION_FLAGS } from "../../src/permissions/union_flags.ts";
import { ROLE_NAMES } from "../../src/roles.ts";

const ENV = {
  ROOMCAST_ETCD: "http://10.0.0.2:2379,http://etcd-b:2379",
  ROOMCAST_REDIS: "redis://user:hunter2@10.0.0.3",
  ROOMCAST_BIND: "::",
  ROOMCAST_DATA_DIR: "/nowhere/data",
};

/** What a flag allows; null when it is not given. */
function allowed(flags: readonly string[], name: string): string[] | null {
  const flag = flags.find((flag) => flag === name || flag.startsWith(`${name}=`));
  return flag === undefined ? null : flag.slice(name.length + 1).split(",");
}

Deno.test("flagsOfRoles() lets none but a mixer run or write anything, and nobody do everything", () => {
  for (const role of ROLE_NAMES) {
    const flags = flagsOfRoles([role], ENV);
    const isMixer = role === "mixer";
    assert.deepEqual(allowed(flags, "--allow-run"), isMixer ? ["setpriv"] : null, role);
    assert.deepEqual(allowed(flags, "--allow-write"), isMixer ? ["/nowhere/data"] : null, role);
    assert.deepEqual(allowed(flags, "--allow-env")?.includes("PATH"), isMixer, role);
    for (const all of ["-A", "--allow-all", "--allow-read", "--allow-ffi", "--allow-import"]) {
      assert.ok(!flags.includes(all), `${role} has ${all}`);
    }
    assert.ok(flags.includes("--no-prompt") && flags.includes("--deny-import"), role);
  }
});

Deno.test("flagsOfRoles() names where a role listens and whom it talks to when settings say it", () => {
  assert.deepEqual(allowed(flagsOfRoles(["users"], ENV), "--allow-net"), [
    "[::]:8085",
    "10.0.0.3:6379",
  ]);
  assert.deepEqual(allowed(flagsOfRoles(["mixer"], ENV), "--allow-net"), [
    "[::]:3001",
    "127.0.0.1",
    "10.0.0.2:2379",
    "etcd-b:2379",
  ]);
  assert.deepEqual(allowed(flagsOfRoles(["edge"], ENV), "--allow-net"), [""]);
});

Deno.test("flagsOfRoles() gives a process of many roles what any of them has", () => {
  const flags = flagsOfRoles(["users", "edge", "mixer"], ENV);
  assert.deepEqual(allowed(flags, "--allow-net"), [""]);
  assert.deepEqual(allowed(flags, "--allow-run"), ["setpriv"]);
});

Deno.test("flagsOfRoles() lets a role read the files that its settings name, and hides their values", () => {
  const env = { ...ENV, ROOMCAST_JANUS_ADMIN_KEY_FILE: "/proc/self/nothing/key" };
  const flags = flagsOfRoles(["janus"], { ...env, ROOMCAST_JANUS_ADMIN_KEY: "" });
  assert.ok(allowed(flags, "--allow-read")?.includes("/proc/self/nothing/key"));
  assert.ok(!flags.join().includes("hunter2"));
});

Deno.test("flagsOfCommand() gives nothing to a command line that makes no sense, and some to each that does", () => {
  const nothing = flagsOfCommand(["version"], ENV);
  assert.deepEqual(flagsOfCommand([], ENV), nothing);
  assert.deepEqual(flagsOfCommand(["serve", "nobody"], ENV), nothing);
  assert.deepEqual(flagsOfCommand(["serve", "mixer"], { ROOMCAST_MIXER_PORT: "x" }), nothing);
  for (const name of ["--allow-net", "--allow-write", "--allow-run"]) {
    assert.equal(allowed(nothing, name), null);
  }
  assert.deepEqual(allowed(flagsOfCommand(["keys", "rotate"], ENV), "--allow-net"), [
    "10.0.0.3:6379",
  ]);
  const pages = flagsOfCommand(["pages", "--listen", "h:80", "/srv/front"], ENV);
  assert.ok(allowed(pages, "--allow-write")?.includes("/srv/front"));
});

Deno.test("denoFlags() writes a comma within a path twice, for Deno takes one for the next path", () => {
  const flags = denoFlags({ net: [], read: ["/a,b"], write: [], run: [] }, ["/program"]);
  assert.ok(flags.includes("--allow-read=/program,/a,,b"));
});

Deno.test("UNION_FLAGS leave out what no role has: foreign libraries, code from elsewhere, all else there is", () => {
  for (const flag of UNION_FLAGS) assert.doesNotMatch(flag, /^(-A|--allow-(all|ffi|import))\b/);
  assert.ok(UNION_FLAGS.includes("--deny-import"));
  assert.ok(allowed([...UNION_FLAGS], "--allow-run")?.includes("setpriv"));
});

Deno.test("hostPort() knows the port of a URL that names none", () => {
  assert.equal(hostPort("https://[::1]/x"), "[::1]:443");
  assert.equal(hostPort("rediss://u:p@r/0"), "r:6379");
  assert.equal(hostPort("wss://janus.example/"), "janus.example:443");
});
