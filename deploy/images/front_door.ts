import { type NginxValues, renderNginx } from "../../src/front_door/nginx_config.ts";

const TEMPLATES = new URL("../../nginx/", import.meta.url);

/**
 * nginx's configuration file by file, but for upstreams.conf, which says where the others are and stands beside it.
 *
 * @param values Over those of the image.
 */
export async function frontDoor(
  values: Partial<NginxValues> = {},
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name } of Deno.readDir(TEMPLATES)) {
    const template = await Deno.readTextFile(new URL(name, TEMPLATES));
    files[name] = renderNginx(template, { ...IMAGE, ...values });
  }
  return files;
}

/** What the image is made for: a container whose root cannot be written, and whose user is nobody. */
const IMAGE: NginxValues = {
  DIR: "/run/nginx",
  DAEMON: "off",
  MASTER_PROCESS: "on",
  OPEN_FILES: "65536",
  CONNECTIONS: "16384",
  ERROR_LOG: "stderr",
  ACCESS_LOG: "/dev/stdout",
  LISTEN: "0.0.0.0:8080",
  WEB_ROOT: "/usr/share/roomcast/web",
};
