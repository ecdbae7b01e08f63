import { z } from "zod";
import { clashOf } from "./config_clash.ts";

const port = z.coerce.number().int().min(0).max(65535);
const count = z.coerce.number().int().min(1);
const secret = z.string().default("");
const list = z.string().transform((text) =>
  text.split(",").map((item) => item.trim()).filter((item) => item !== "")
);

/**
 * The one table of settings. Each is read from the environment variable of its name, once, at start.
 * A `_FILE` twin of a secret names a file that holds it.
 */
export const ConfigSchema = z.object({
  ROOMCAST_NODE_ID: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/).default("node-1")
    .describe("Name of this node; unique among nodes of its kind"),
  ROOMCAST_BIND: z.string().default("127.0.0.1").describe("Address the HTTP servers listen on"),
  ROOMCAST_ADVERTISE: z.string().default("127.0.0.1")
    .describe("Address at which other nodes reach this one"),
  ROOMCAST_DATA_DIR: z.string().default(".roomcast").describe("Folder for classic HLS segments"),
  ROOMCAST_CACHE_DIR: z.string().default("").describe(
    "Where the one file that `deno task compile` makes unpacks itself; default: the user's cache folder",
  ),
  ROOMCAST_DRAIN_S: z.coerce.number().int().min(0).max(86_400).default(120).describe(
    "How long (s) a media node that got SIGTERM may take to hand its rooms over; 0: it stops at once",
  ),
  ROOMCAST_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info")
    .describe("What is logged: debug, info, warn, error or silent"),

  ROOMCAST_ETCD: list.pipe(z.array(z.url()).min(1)).default(["http://127.0.0.1:2379"])
    .describe("etcd endpoints, separated by commas; https:// for TLS"),
  ROOMCAST_ETCD_CA: secret.describe(
    "PEM of the CA that signed etcd's certificates; none: those that Mozilla trusts",
  ),
  ROOMCAST_ETCD_CERT: secret.describe("PEM of the client certificate shown to etcd"),
  ROOMCAST_ETCD_KEY: secret.describe("PEM of that certificate's private key"),
  ROOMCAST_ETCD_USER: z.string().default("").describe("etcd's user, when etcd asks for one"),
  ROOMCAST_ETCD_PASSWORD: secret.describe("That user's password"),
  ROOMCAST_REDIS: z.url().default("redis://127.0.0.1:6379")
    .describe("Redis, with user and password if it has them; rediss:// for TLS"),
  ROOMCAST_REDIS_USER: z.string().default("").describe(
    "Redis's ACL user, when the URL names none",
  ),
  ROOMCAST_REDIS_PASSWORD: secret.describe("That user's password; alone, the default user's"),
  ROOMCAST_REDIS_CA: secret.describe(
    "PEM of the CA that signed Redis's certificate; none: those that Mozilla trusts",
  ),
  ROOMCAST_REDIS_CERT: secret.describe("PEM of the client certificate shown to Redis"),
  ROOMCAST_REDIS_KEY: secret.describe("PEM of that certificate's private key"),

  ROOMCAST_ROOMS_PORT: port.default(3000).describe("Port of the Room Manager"),
  ROOMCAST_USERS_PORT: port.default(8085).describe("Port of the User Service"),
  ROOMCAST_GATEWAY_PORT: port.default(8081).describe("Port of the WebSocket gateway"),
  ROOMCAST_EDGE_PORT: port.default(8090).describe("Port of the HLS edge"),
  ROOMCAST_MIXER_PORT: port.default(3001).describe("Port of the mixer's HLS origin"),
  ROOMCAST_JANUS_HTTP_PORT: port.default(3030).describe(
    "Port on which the Janus manager tells of its health and gives metrics",
  ),
  ROOMCAST_ROOMS_URL: z.url().default("http://127.0.0.1:3000")
    .describe("Where the gateway reaches the Room Manager"),
  ROOMCAST_USERS_URL: z.url().default("http://127.0.0.1:8085")
    .describe("Where the key set (JWKS) of the User Service is"),

  ROOMCAST_ORIGINS: list.pipe(z.array(z.string())).default(["http://127.0.0.1:8080"])
    .describe("Origins whose pages may open a WebSocket, separated by commas; * lets every one in"),
  ROOMCAST_CORS_ORIGINS: list.pipe(z.array(z.string())).default([])
    .describe(
      "Origins, beside our own, whose pages may use the API, separated by commas; * for all",
    ),
  ROOMCAST_HLS_ORIGINS: list.pipe(z.array(z.string())).default(["*"])
    .describe("Origins whose pages may play rooms, separated by commas; * for all"),
  ROOMCAST_TRUSTED_PROXIES: list.pipe(z.array(z.string())).default(["127.0.0.0/8", "::1/128"])
    .describe(
      "Addresses and ranges (CIDR) of proxies whose X-Forwarded-For is believed, separated by commas",
    ),
  ROOMCAST_GUESTS: z.stringbool().default(false).describe("Let people in without an account"),

  ROOMCAST_SEAT_PARK_MS: z.coerce.number().int().min(100).max(600_000).default(30_000).describe(
    "How long (ms) a seat waits for a page that lost its socket; Janus needs a reclaim_session_timeout 15 s longer",
  ),

  ROOMCAST_JANUS_URL: z.url().default("ws://127.0.0.1:8188/").describe(
    "This node's Janus (WebSocket)",
  ),
  ROOMCAST_JANUS_API_SECRET: z.string().default("").describe("api_secret of every Janus"),
  ROOMCAST_JANUS_ADMIN_KEY: z.string().default("").describe("AudioBridge admin_key of every Janus"),
  ROOMCAST_JANUS_RTP_PARTICIPANTS: z.stringbool().default(false).describe(
    "Let senders of plain RTP that know the api_secret speak in rooms, beside browsers",
  ),
  ROOMCAST_JANUS_CAPACITY: count.default(60).describe(
    "Rooms a Janus node takes; each speaker takes one UDP port of its Janus besides",
  ),

  ROOMCAST_WHIP_CONNECT_S: z.coerce.number().int().min(1).max(600).default(20).describe(
    "How long (s) an encoder (WHIP) may take to connect before its seat is given back",
  ),
  ROOMCAST_WHIP_SILENCE_S: z.coerce.number().int().min(1).max(600).default(20).describe(
    "How long (s) an encoder (WHIP) may send nothing, not even silence, before its seat is given back",
  ),
  ROOMCAST_STUN_URLS: list.pipe(z.array(z.string().regex(/^stuns?:[^\s<>"]+$/, "stun:host:port")))
    .default([]).describe("STUN servers that speakers are told of, as stun:host:port"),
  ROOMCAST_TURN_URLS: list.pipe(z.array(z.string().regex(/^turns?:[^\s<>"]+$/, "turn:host:port")))
    .default([]).describe(
      "TURN servers that speakers are told of, as turn:host:port?transport=udp, separated by commas",
    ),
  ROOMCAST_TURN_SECRET: z.string().default("").describe(
    "The TURN servers' static-auth-secret, from which each speaker's credentials are made",
  ),
  ROOMCAST_TURN_TTL_S: z.coerce.number().int().min(60).max(86_400).default(3600).describe(
    "How long (s) TURN credentials are good for a new connection",
  ),

  ROOMCAST_MIXER_CAPACITY: count.default(100).describe("Rooms a mixer node takes"),
  ROOMCAST_RTP_MIN: port.default(30000).describe("First port of the RTP pool (even)"),
  ROOMCAST_RTP_MAX: port.default(30999).describe("Last port of the RTP pool"),
  ROOMCAST_RTP_SRTP: z.stringbool().default(false).describe(
    "Encrypt the sound between Janus and this mixer (SRTP), with a key for each room",
  ),
  ROOMCAST_PART_FRAMES: z.coerce.number().pipe(
    z.union([z.literal(5), z.literal(10), z.literal(25)]),
  )
    .default(10).describe("AAC frames (21.33 ms) in an LL-HLS part, for new broadcasts"),
  ROOMCAST_FFMPEG: z.string().default("ffmpeg").describe("The FFmpeg to run"),

  ROOMCAST_WEBHOOKS: z.string().default("").describe(
    "Webhooks for all rooms, as a JSON list: see docs/webhooks.md",
  ),
  ROOMCAST_WEBHOOK_PRIVATE: z.stringbool().default(false).describe(
    "Let webhooks call private addresses and this machine, over plain HTTP too",
  ),
  ROOMCAST_WEBHOOK_TIMEOUT_MS: z.coerce.number().int().min(100).max(30_000).default(10_000)
    .describe("How long (ms) a webhook's receiver may take to answer"),
  ROOMCAST_WEBHOOK_RETRY_MS: z.coerce.number().int().min(10).max(600_000).default(5000).describe(
    "The first pause (ms) after a webhook's delivery failed; each is twice the one before, 6 h at most",
  ),
  ROOMCAST_WEBHOOK_DISABLE_DAYS: z.coerce.number().min(0.01).max(365).default(5).describe(
    "Days of nothing but failures after which a webhook is switched off",
  ),
});
export type Config = z.output<typeof ConfigSchema>;

/** Secrets that may come from a file named by the variable with `_FILE` appended. */
export const SECRETS = [
  "ROOMCAST_JANUS_API_SECRET",
  "ROOMCAST_JANUS_ADMIN_KEY",
  "ROOMCAST_REDIS",
  "ROOMCAST_WEBHOOKS",
  "ROOMCAST_REDIS_PASSWORD",
  "ROOMCAST_REDIS_CA",
  "ROOMCAST_REDIS_CERT",
  "ROOMCAST_REDIS_KEY",
  "ROOMCAST_ETCD_PASSWORD",
  "ROOMCAST_ETCD_CA",
  "ROOMCAST_ETCD_CERT",
  "ROOMCAST_ETCD_KEY",
  "ROOMCAST_TURN_SECRET",
] as const;

/** A setting that cannot be used; `message` is one readable line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the settings from an environment.
 *
 * @throws ConfigError naming the variable and what is wrong with it, never its value.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string = Deno.readTextFileSync,
): Config {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith("ROOMCAST_") && value !== undefined && value !== "") values[name] = value;
  }
  for (const name of SECRETS) {
    const path = values[`${name}_FILE`];
    if (path === undefined) continue;
    try {
      values[name] = readFile(path).trim();
    } catch (cause) {
      throw new ConfigError(`Cannot read ${name}_FILE: ${path} is not a readable file`, { cause });
    }
  }
  const parsed = ConfigSchema.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(
      `Cannot use ${String(issue?.path[0] ?? "the configuration")}: ${issue?.message ?? "invalid"}`,
    );
  }
  const clash = clashOf(parsed.data);
  if (clash !== null) throw new ConfigError(clash);
  return parsed.data;
}
