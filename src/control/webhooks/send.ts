import { lookup } from "node:dns/promises";
import http from "node:http";
import { isIP } from "node:net";
import { inTime } from "../../platform/in_time.ts";
import { addressKind } from "./addresses.ts";
import { readSnippet } from "./snippet.ts";
import { TlsAgent } from "./tls_agent.ts";

/** What came of one request. */
export interface Answer {
  /** Null when there was none. */
  readonly status: number | null;
  /** What is wrong with it, in words; null when the message was taken. */
  readonly error: string | null;
  readonly latencyMs: number;
  /** What the answer's body began with. */
  readonly response: string | null;
  /** For how long (s) the receiver wants to be left alone. */
  readonly retryAfterS: number | null;
}

export interface SenderOptions {
  /** Whether our own networks, and plain HTTP to them, may be called. */
  readonly allowPrivate: boolean;
  /** How long (ms) a receiver may take, from the name's look-up to the answer's head. */
  readonly timeoutMs: number;
  /** The addresses of a host. Default the system's. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** The certificate authorities to trust, in PEM. Default those that browsers trust. */
  readonly ca?: string;
}

/** How much longer (ms) than to its head an answer may take to its body, of which only the beginning is read. */
const BODY_MS = 1000;

/**
 * Makes the POST requests. It looks a name up once, connects to the very address that it has checked (so a name that
 * changes its address in between leads nowhere new), follows no redirect and keeps no connection.
 */
export class Sender {
  constructor(private readonly options: SenderOptions) {}

  /** Never rejects. */
  async post(url: string, headers: Record<string, string>, body: string): Promise<Answer> {
    const startedAt = performance.now();
    const limit = AbortSignal.timeout(this.options.timeoutMs);
    const answer = await this.#post(new URL(url), headers, body, limit).catch((err) => ({
      ...NO_ANSWER,
      error: limit.aborted ? `no answer within ${this.options.timeoutMs} ms` : reasonOf(err),
    }));
    return { ...answer, latencyMs: Math.round(performance.now() - startedAt) };
  }

  /**
   * Where a URL leads to, or why it may not be called.
   *
   * @throws RefusedError, or an error of the look-up.
   */
  async addressOf(url: URL): Promise<string> {
    const { allowPrivate, timeoutMs, resolve = systemAddresses } = this.options;
    const host = hostOf(url);
    const found = isIP(host) === 0
      ? await inTime(resolve(host), timeoutMs, "the name could not be looked up in time")
      : [host];
    const allowed = found.find((address) => {
      const kind = addressKind(address);
      return kind === "private" ? allowPrivate : kind === "public" && url.protocol === "https:";
    });
    if (allowed !== undefined) return allowed;
    throw new RefusedError(
      found.some((address) => addressKind(address) === "public")
        ? "only https goes to the public internet"
        : "the host's address is not one that webhooks may be sent to",
    );
  }

  /** A connection to the address, whose other end shows a certificate of the URL's host. */
  #tlsTo(host: string, url: URL): TlsAgent {
    const { ca } = this.options;
    return new TlsAgent({
      ...{ host, port: portOf(url) },
      // An address is no name to ask for; then it is the address that must stand in the certificate.
      ...(isIP(hostOf(url)) === 0 ? { servername: hostOf(url) } : {}),
      ...(ca === undefined ? {} : { ca }),
    });
  }

  async #post(url: URL, headers: Record<string, string>, body: string, limit: AbortSignal) {
    const host = await this.addressOf(url);
    limit.throwIfAborted();
    const request = http.request({
      method: "POST",
      host,
      port: portOf(url),
      path: url.pathname + url.search,
      headers: {
        ...headers,
        host: url.host,
        "content-length": String(new TextEncoder().encode(body).byteLength),
      },
      agent: url.protocol === "https:" ? this.#tlsTo(host, url) : false,
    });
    try {
      const response = await headOf(request, body, limit);
      const snippet = await readSnippet(response, Math.min(BODY_MS, this.options.timeoutMs));
      return judge(response, snippet);
    } finally {
      request.destroy();
    }
  }
}

/** The host as a name or an address, without the brackets of the latter. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === "https:" ? 443 : 80);
}

/** A URL that must not be called. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

const NO_ANSWER = { status: null, response: null, retryAfterS: null };

function headOf(
  request: http.ClientRequest,
  body: string,
  limit: AbortSignal,
): Promise<http.IncomingMessage> {
  const head = Promise.withResolvers<http.IncomingMessage>();
  const late = () => head.reject(limit.reason);
  limit.addEventListener("abort", late, { once: true });
  request.once("response", head.resolve);
  // Not once: a connection that is cut after its answer's head says so too, to nobody's interest.
  request.on("error", head.reject);
  request.once("close", () => head.reject(new Error("the connection closed without an answer")));
  request.end(body);
  return head.promise.finally(() => limit.removeEventListener("abort", late));
}

function judge({ statusCode = 0, headers }: http.IncomingMessage, response: string | null) {
  const seconds = /^\d{1,9}$/.exec(headers["retry-after"] ?? "")?.[0];
  return {
    status: statusCode,
    error: complaint(statusCode),
    response,
    retryAfterS: seconds === undefined ? null : Number(seconds),
  };
}

function complaint(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed`;
  return `answered ${status}`;
}

/** IPv4 first: many a server has no way out by IPv6, and only one address is tried. */
async function systemAddresses(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return found.sort((a, b) => a.family - b.family).map(({ address }) => address);
}

/** In words that hold no part of the URL. */
function reasonOf(err: unknown): string {
  if (err instanceof RefusedError) return err.message;
  const code = err instanceof Error && "code" in err ? String(err.code) : "";
  const known = REASONS[code];
  if (known !== undefined) return known;
  if (/CERT|TLS|SSL/.test(code)) return `its certificate or TLS is not valid (${code})`;
  return code === "" ? "the request failed" : `the request failed (${code})`;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host's name is not known",
  EAI_AGAIN: "the host's name could not be looked up",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the host cannot be reached",
  ETIMEDOUT: "the host did not answer",
};
