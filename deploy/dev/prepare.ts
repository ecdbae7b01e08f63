import { installPackages } from "./packages.ts";
import { LOCAL, ROOT } from "./root.ts";

/** Gets what tasks need that do not start anything: the npm packages. */
Deno.chdir(ROOT);
await Deno.mkdir(LOCAL, { recursive: true });
try {
  await installPackages((line) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`)));
} catch (err) {
  Deno.stderr.writeSync(new TextEncoder().encode(`${err instanceof Error ? err.message : err}\n`));
  Deno.exit(1);
}
