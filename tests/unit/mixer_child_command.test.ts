import assert from "node:assert/strict";
import { childCommand } from "../../src/media/mixer/child_command.ts";
import { killProcess, processesCalledWith, readProc } from "../../src/media/mixer/proc.ts";

Deno.test("childCommand() hides the environment, which may hold secrets, from what it runs", async () => {
  Deno.env.set("A_SECRET_OF_OURS", "correct-horse-battery");
  try {
    const { stdout } = await childCommand("env", [], { env: { OWN: "1" }, stdout: "piped" })
      .output();
    const names = new TextDecoder().decode(stdout).trimEnd().split("\n").map((row) =>
      row.split("=")[0]
    );
    assert.deepEqual(names.sort(), ["OWN", "PATH"]);
  } finally {
    Deno.env.delete("A_SECRET_OF_OURS");
  }
});

Deno.test("processesCalledWith() finds who has a text in an argument, and killProcess() ends it", async () => {
  // A text of grep's would find more, or nothing.
  const text = `[f=adts]pipe.${crypto.randomUUID()}\\:1`;
  const child = new Deno.Command("sh", { args: ["-c", "read line; exit", text], stdin: "piped" })
    .spawn();
  const found = await processesCalledWith(text);
  assert.deepEqual([...found.keys()], [String(child.pid)]);
  assert.match(found.get(String(child.pid)) ?? "", /(^|\/)sh$/);
  assert.match(await readProc([`/proc/${child.pid}/stat`, "/proc/0/stat"]), /^\d+ \(sh\) /);
  await killProcess(String(child.pid));
  assert.equal((await child.status).signal, "SIGKILL");
  await child.stdin.abort().catch(() => {});
  assert.equal((await processesCalledWith(text)).size, 0);
});
