import type { Config } from "./platform/config.ts";
import type { StartRole } from "./platform/role.ts";

interface Role {
  /** What it does, in a line of the help. */
  readonly summary: string;
  /** The setting that holds its port. */
  readonly port: keyof Config & `ROOMCAST_${string}_PORT`;
  /** Loads its code, and with it only the libraries it needs. */
  readonly load: () => Promise<StartRole>;
}

/** The one table of roles a process can play. */
export const ROLES = {
  rooms: {
    summary: "rooms and their life cycle; places them on media nodes",
    port: "ROOMCAST_ROOMS_PORT",
    load: async () => (await import("./control/rooms/role.ts")).startRooms,
  },
  users: {
    summary: "accounts, guests and access tokens",
    port: "ROOMCAST_USERS_PORT",
    load: async () => (await import("./control/users/role.ts")).startUsers,
  },
  gateway: {
    summary: "WebSocket signaling for the people who speak",
    port: "ROOMCAST_GATEWAY_PORT",
    load: async () => (await import("./gateway/signaling/role.ts")).startGateway,
  },
  edge: {
    summary: "HLS for the people who listen",
    port: "ROOMCAST_EDGE_PORT",
    load: async () => (await import("./gateway/edge/role.ts")).startEdge,
  },
  janus: {
    summary: "runs the rooms of the Janus beside it",
    port: "ROOMCAST_JANUS_HTTP_PORT",
    load: async () => (await import("./media/janus/role.ts")).startJanusManager,
  },
  mixer: {
    summary: "turns each room's sound into HLS",
    port: "ROOMCAST_MIXER_PORT",
    load: async () => (await import("./media/mixer/role.ts")).startMixer,
  },
} as const satisfies Record<string, Role>;
export type RoleName = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as readonly RoleName[];

/** The role of that name, or null. */
export function roleName(text: string): RoleName | null {
  return ROLE_NAMES.find((name) => name === text) ?? null;
}
