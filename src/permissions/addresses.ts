import { isIP } from "node:net";

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "ws:": 80,
  "wss:": 443,
  "redis:": 6379,
  "rediss:": 6379,
};

/** Where a URL leads to, as Deno's permissions write it: `host:port`. */
export function hostPort(text: string): string {
  const url = new URL(text);
  return `${url.hostname}:${url.port || (DEFAULT_PORTS[url.protocol] ?? 0)}`;
}

/** A host as Deno's permissions write it: an IPv6 address stands in brackets. */
export function addressOf(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Where etcd is, and the GoawayGuard that stands before it in each process, on a port of loopback that is free just then. */
export function etcdAddresses(urls: readonly string[]): readonly string[] {
  return [...urls.map(hostPort), "127.0.0.1"];
}
