import assert from "node:assert/strict";
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
