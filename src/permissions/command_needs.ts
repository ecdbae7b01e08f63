import { findCommand, systemPath } from "../doctor/find.ts";
import { PARTS } from "../doctor/parts.ts";
import { FRONT_DOOR_SOURCES, parseFrontDoor } from "../front_door/pages_command.ts";
import type { Config } from "../platform/config.ts";
import { roleName } from "../roles.ts";
import { addressOf, etcdAddresses, hostPort } from "./addresses.ts";
import { type Needs, needsOfRoles, NOTHING } from "./needs.ts";

/** What `roomcast <args>` may do. A command line that makes no sense may do nothing, and says so itself. */
export function needsOfCommand([command, ...args]: readonly string[], config: Config): Needs {
  switch (command) {
    case "serve":
      return needsOfRoles(args.flatMap((text) => roleName(text) ?? []), config);
    case "drain":
    case "undrain":
    case "links":
      return { ...NOTHING, net: etcdAddresses(config.ROOMCAST_ETCD) };
    case "admin":
    case "keys":
      return { ...NOTHING, net: [hostPort(config.ROOMCAST_REDIS)] };
    case "doctor":
      return doctorNeeds(config);
    case "pages":
      return pagesNeeds(args, config);
    default:
      return NOTHING;
  }
}

function pagesNeeds(args: readonly string[], config: Config): Needs {
  try {
    const folder = parseFrontDoor(args, config)?.folder;
    if (folder === undefined) return NOTHING;
    return { ...NOTHING, read: [folder, ...FRONT_DOOR_SOURCES], write: [folder] };
  } catch (err) {
    if (err instanceof TypeError) return NOTHING;
    throw err;
  }
}

/** It asks every program for its version and every service whether it is well, and tries ports and the data folder. */
function doctorNeeds(config: Config): Needs {
  return {
    net: [
      ...etcdAddresses(config.ROOMCAST_ETCD),
      addressOf(config.ROOMCAST_BIND),
      hostPort(config.ROOMCAST_REDIS),
      hostPort(config.ROOMCAST_JANUS_URL),
    ],
    read: [...systemPath().split(":"), config.ROOMCAST_DATA_DIR],
    write: [config.ROOMCAST_DATA_DIR],
    run: PARTS.flatMap(({ command }) => findCommand(command) ?? []),
  };
}
