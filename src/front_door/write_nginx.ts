import { PROGRAM_FOLDER } from "../program_folder.ts";
import { type NginxValues, renderNginx, renderUpstreams, type Upstreams } from "./nginx_config.ts";

/** The folder of the configuration as it is shipped, with names to be filled in. */
export const NGINX_TEMPLATES = `${PROGRAM_FOLDER}/nginx`;

/** Writes the shipped configuration of nginx, filled in, to `values.DIR`. Gives the path of its main file. */
export async function writeNginx(values: NginxValues, upstreams: Upstreams): Promise<string> {
  const { DIR: dir } = values;
  await Deno.mkdir(dir, { recursive: true });
  for await (const { name } of Deno.readDir(NGINX_TEMPLATES)) {
    const template = await Deno.readTextFile(`${NGINX_TEMPLATES}/${name}`);
    await Deno.writeTextFile(`${dir}/${name}`, renderNginx(template, values));
  }
  await Deno.writeTextFile(`${dir}/upstreams.conf`, renderUpstreams(upstreams));
  return `${dir}/nginx.conf`;
}
