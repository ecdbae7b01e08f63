import { z } from "zod";
import { ConfigError } from "../../src/platform/config.ts";

const port = z.coerce.number().int().min(1).max(65535);
const count = z.coerce.number().int().min(1).max(20);

/** The one table of settings that only the launcher on one machine (`task dev`) knows. */
export const LauncherSchema = z.object({
  ROOMCAST_DEV_DIR: z.string().default(".roomcast").describe(
    "Folder of its data, logs and secrets; one launcher at a time works in it",
  ),
  ROOMCAST_HTTP_PORT: port.default(8080).describe("Port of the front door"),
  ROOMCAST_HTTP_BIND: z.ipv4().default("0.0.0.0").describe(
    "Address of the front door; 127.0.0.1 keeps it to this machine",
  ),
  ROOMCAST_ETCD_PORT: port.default(2379).describe(
    "Port of the etcd it starts; the next free one when taken. With ROOMCAST_ETCD set it starts none",
  ),
  ROOMCAST_REDIS_PORT: port.default(6379).describe(
    "Port of the Redis it starts; the next free one when taken. With ROOMCAST_REDIS set it starts none",
  ),
  ROOMCAST_JANUS_PORT: port.default(8188).describe(
    "First WebSocket port of the Janus it starts; the next free one when taken",
  ),
  ROOMCAST_WEBRTC_MIN: port.default(20000).describe("First UDP port for WebRTC media"),
  ROOMCAST_WEBRTC_MAX: port.default(20200).describe("Last UDP port for WebRTC media"),
  ROOMCAST_GATEWAYS: count.default(3).describe(
    "How many gateways, on ports from ROOMCAST_GATEWAY_PORT upward",
  ),
  ROOMCAST_EDGES: count.default(1).describe(
    "How many edges, on ports from ROOMCAST_EDGE_PORT upward",
  ),
  ROOMCAST_MIXERS: count.default(1).describe(
    "How many mixers, on ports from ROOMCAST_MIXER_PORT upward",
  ),
  ROOMCAST_JANUSES: count.default(1).describe(
    "How many Januses, each with its manager, on ports from ROOMCAST_JANUS_HTTP_PORT upward",
  ),
});
export type LauncherSettings = z.output<typeof LauncherSchema>;

/** @throws ConfigError naming the variable, in one readable line. */
export function readLauncherSettings(
  env: Readonly<Record<string, string | undefined>>,
): LauncherSettings {
  const given = Object.entries(env).filter(([, value]) => value !== undefined && value !== "");
  const parsed = LauncherSchema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConfigError(
    `Cannot use ${String(issue?.path[0] ?? "a setting")}: ${issue?.message ?? "invalid"}`,
  );
}
