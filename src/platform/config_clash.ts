import { parseCidr } from "./cidr.ts";
import type { Config } from "./config.ts";

/** What two settings say against each other, in one line; null when nothing does. */
export function clashOf(config: Config): string | null {
  if (config.ROOMCAST_RTP_MIN >= config.ROOMCAST_RTP_MAX) {
    return "Cannot use ROOMCAST_RTP_MAX: it must be above ROOMCAST_RTP_MIN";
  }
  if (config.ROOMCAST_TURN_URLS.length > 0 && config.ROOMCAST_TURN_SECRET === "") {
    return "Cannot use ROOMCAST_TURN_URLS: ROOMCAST_TURN_SECRET is not set";
  }
  const range = config.ROOMCAST_TRUSTED_PROXIES.find((text) => parseCidr(text) === null);
  if (range !== undefined) {
    return `Cannot use ROOMCAST_TRUSTED_PROXIES: "${range}" is no address, and no range like 10.0.0.0/8`;
  }
  const etcd = new Set(config.ROOMCAST_ETCD.map((host) => new URL(host).protocol));
  if (etcd.size > 1 || !etcd.isSubsetOf(new Set(["http:", "https:"]))) {
    return "Cannot use ROOMCAST_ETCD: every endpoint is http://, or every one https://";
  }
  const redis = new URL(config.ROOMCAST_REDIS).protocol;
  if (redis !== "redis:" && redis !== "rediss:") {
    return "Cannot use ROOMCAST_REDIS: it begins with redis:// or rediss://";
  }
  if (config.ROOMCAST_ETCD_USER !== "" && config.ROOMCAST_ETCD_PASSWORD === "") {
    return "Cannot use ROOMCAST_ETCD_USER: it needs ROOMCAST_ETCD_PASSWORD";
  }
  return tlsClash(config, "ROOMCAST_ETCD", etcd.has("https:")) ??
    tlsClash(config, "ROOMCAST_REDIS", redis === "rediss:");
}

/** Certificates that would go unused are a connection that somebody believes to be safe. */
function tlsClash(
  config: Config,
  name: "ROOMCAST_ETCD" | "ROOMCAST_REDIS",
  isTls: boolean,
): string | null {
  const given = (["CA", "CERT", "KEY"] as const).filter((part) => config[`${name}_${part}`] !== "");
  if (given.length > 0 && !isTls) {
    return `Cannot use ${name}_${given[0]}: ${name} is not a TLS address`;
  }
  const [lone] = given.filter((part) => part !== "CA");
  if (lone !== undefined && (!given.includes("CERT") || !given.includes("KEY"))) {
    return `Cannot use ${name}_${lone}: a certificate and its key come together`;
  }
  const text = given.find((part) => !config[`${name}_${part}`].includes("-----BEGIN "));
  if (text !== undefined) return `Cannot use ${name}_${text}: it holds no PEM`;
  return null;
}
