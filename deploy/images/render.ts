/**
 * Writes what the images hold and the sources do not: nginx's and Janus's configuration, and the deno.json to run with.
 *
 *     deno run -A deploy/images/render.ts <folder>
 */
import { frontDoor } from "./front_door.ts";
import { janusTemplate } from "./janus_template.ts";
import { productionManifest } from "./production.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

async function sourcesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await sourcesIn(path));
    else if (name.endsWith(".ts")) found.push(await Deno.readTextFile(path));
  }
  return found;
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

const [folder = "out"] = Deno.args;
const manifest = await Deno.readTextFile(`${ROOT}/deno.json`);
await write(`${folder}/nginx`, await frontDoor());
await write(`${folder}/janus`, janusTemplate());
await write(`${folder}/app`, {
  "deno.json": productionManifest(manifest, await sourcesIn(`${ROOT}/src`)),
});
