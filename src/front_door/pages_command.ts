import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Config } from "../platform/config.ts";
import { PROGRAM_FOLDER } from "../program_folder.ts";
import type { Upstreams } from "./nginx_config.ts";
import { NGINX_TEMPLATES, writeNginx } from "./write_nginx.ts";

const BUILT = `${PROGRAM_FOLDER}/web/dist`;

/** What of the program's own folder is written out. */
export const FRONT_DOOR_SOURCES: readonly string[] = [BUILT, NGINX_TEMPLATES];

/** Where the front door's files shall be, and what they shall say. */
export interface FrontDoor {
  readonly folder: string;
  /** The address nginx listens on. */
  readonly listen: string;
  readonly upstreams: Upstreams;
  /** Whether nginx goes into the background, as systemd wants it of one that shall be upgraded while it serves. */
  readonly daemon: boolean;
}

/**
 * Reads `<folder> [--listen host:port] [--daemon] [--rooms host:port,…] …`; null when it makes no sense.
 *
 * @throws TypeError when there is an option that is not known.
 */
export function parseFrontDoor(args: readonly string[], config: Config): FrontDoor | null {
  const { positionals: [folder, ...rest], values } = parseArgs({
    args: [...args],
    options: {
      listen: { type: "string", default: "0.0.0.0:8080" },
      daemon: { type: "boolean", default: false },
      rooms: { type: "string", default: `127.0.0.1:${config.ROOMCAST_ROOMS_PORT}` },
      users: { type: "string", default: `127.0.0.1:${config.ROOMCAST_USERS_PORT}` },
      gateways: { type: "string", default: `127.0.0.1:${config.ROOMCAST_GATEWAY_PORT}` },
      edges: { type: "string", default: `127.0.0.1:${config.ROOMCAST_EDGE_PORT}` },
    },
    allowPositionals: true,
  });
  const lists = [values.rooms, values.users, values.gateways, values.edges].map((text) =>
    text.split(",")
  );
  const valid = [values.listen, ...lists.flat()].every((text) => ADDRESS.test(text));
  if (folder === undefined || rest.length > 0 || !valid) return null;
  const [rooms = [], users = [], gateways = [], edges = []] = lists;
  return {
    folder,
    listen: values.listen,
    upstreams: { rooms, users, gateways, edges },
    daemon: values.daemon,
  };
}

/** A host or address and a port. */
const ADDRESS = /^([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/;

/**
 * Writes the built pages to `<folder>/web` and nginx's configuration to `<folder>/nginx`; what was there of an earlier
 * version stays, as pages that are open still ask for it.
 *
 * @throws Error in one readable line when there are no pages, or the folder cannot be written.
 */
export async function writeFrontDoor(
  { folder, listen, upstreams, daemon }: FrontDoor,
  print: (line: string) => void,
): Promise<void> {
  const dir = resolve(folder);
  try {
    await copyFolder(BUILT, `${dir}/web`);
    const nginx = `${dir}/nginx`;
    const config = await writeNginx({
      DIR: nginx,
      DAEMON: daemon ? "on" : "off",
      MASTER_PROCESS: "on",
      OPEN_FILES: "65536",
      CONNECTIONS: "16384",
      ERROR_LOG: "stderr",
      ACCESS_LOG: `${nginx}/access.log`,
      LISTEN: listen,
      WEB_ROOT: `${dir}/web`,
    }, upstreams);
    print(`Pages are in ${dir}/web; start the front door with`);
    print(`  nginx -e stderr -p ${nginx} -c ${config}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot write the front door to ${dir}: ${reason}`, { cause });
  }
}

/** Folders come first, and each file at once as a whole: no page may name what is not there yet. */
async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  const entries = await Array.fromAsync(Deno.readDir(from));
  for (const { name, isDirectory } of entries.sort((a) => a.isDirectory ? -1 : 1)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else {
      await Deno.writeFile(`${to}/${name}.new`, await Deno.readFile(`${from}/${name}`));
      await Deno.rename(`${to}/${name}.new`, `${to}/${name}`);
    }
  }
}
