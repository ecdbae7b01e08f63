import assert from "node:assert/strict";
import { aptProgress } from "../../deploy/dev/apt_progress.ts";
import { advice } from "../../deploy/dev/install_parts.ts";
import { countJunit } from "../../deploy/dev/junit.ts";
import { partFinding } from "../../src/doctor/check_parts.ts";
import { systemPath } from "../../src/doctor/find.ts";
import { atLeast, type Part, PARTS } from "../../src/doctor/parts.ts";

const part: Part = {
  name: "etcd",
  command: "etcd",
  package: "etcd-server",
  what: "holds keys",
  minimum: "3.4",
  versionArgs: ["--version"],
  versionPattern: /([\d.]+)/,
};

Deno.test("atLeast() compares number by number when versions differ in length", () => {
  assert.ok(atLeast("5.1.9", "5.1"));
  assert.ok(atLeast("10.0", "9.9.9"));
  assert.ok(!atLeast("3.3.27", "3.4"));
  assert.ok(atLeast("3.4", "3.4.0"));
});

Deno.test("partFinding() says how to fix it when a part is missing or too old", () => {
  const missing = partFinding(part, { found: false });
  assert.equal(missing.ok, false);
  assert.equal(missing.fix, "apt-get install etcd-server");
  const old = partFinding(part, { found: true, path: "/usr/bin/etcd", version: "3.3.1" });
  assert.equal(old.ok, false);
  assert.match(old.fix ?? "", /3\.4 or newer/);
  assert.ok(partFinding(part, { found: true, path: "/usr/bin/etcd", version: "3.4.23" }).ok);
});

Deno.test("advice() names every package in one apt command when parts are missing", () => {
  const said = advice(PARTS);
  for (const { package: name } of PARTS) assert.ok(said.includes(` ${name}`), name);
});

Deno.test("aptProgress() says a few lines, and names what was asked for, when apt-get says hundreds", () => {
  const said: string[] = [];
  const progress = aptProgress(["janus"], (line) => said.push(line.trim()));
  progress("Get:1 http://deb.debian.org/debian bookworm InRelease [151 kB]");
  progress("0 upgraded, 8 newly installed, 0 to remove and 3 not upgraded.");
  progress("Need to get 137 MB of archives.");
  for (let n = 1; n <= 8; n++) progress(`Get:${n} http://deb.debian.org/debian lib${n}`);
  for (let n = 1; n <= 8; n++) progress(`Unpacking lib${n}:amd64 (1.0) ...`);
  progress("Setting up lib1:amd64 (1.0) ...");
  progress("Setting up janus (1.1.2-1) ...");
  assert.deepEqual(said, [
    "reading the package lists",
    "downloading 8 packages (137 MB)",
    ...[2, 4, 6, 8].map((count) => `downloaded ${count} of 8`),
    ...[2, 4, 6, 8].map((count) => `unpacked ${count} of 8`),
    "janus is here",
  ]);
});

Deno.test("systemPath() adds the folders of daemons once", () => {
  assert.equal(systemPath("/usr/bin:/usr/sbin"), "/usr/bin:/usr/sbin:/usr/local/sbin:/sbin");
});

Deno.test("countJunit() sums suites when some tests failed or were left out", () => {
  const xml = `<testsuites name="deno test" tests="5" failures="1" errors="0" time="1">
    <testsuite name="./a_test.ts" tests="3" disabled="1" errors="0" failures="0"></testsuite>
    <testsuite name="./b_test.ts" tests="2" disabled="0" errors="0" failures="1"></testsuite>
  </testsuites>`;
  assert.deepEqual(countJunit(xml), { passed: 3, failed: 1, ignored: 1 });
});
