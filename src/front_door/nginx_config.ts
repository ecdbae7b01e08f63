/** The servers behind the front door, each as `host:port`. */
export interface Upstreams {
  readonly rooms: readonly string[];
  readonly users: readonly string[];
  readonly gateways: readonly string[];
  readonly edges: readonly string[];
}

/** The values that stand for the `${NAMES}` of the files in nginx/. */
export type NginxValues = Readonly<
  Record<
    | "DIR"
    | "DAEMON"
    | "MASTER_PROCESS"
    | "OPEN_FILES"
    | "CONNECTIONS"
    | "ERROR_LOG"
    | "ACCESS_LOG"
    | "LISTEN"
    | "WEB_ROOT",
    string
  >
>;

/**
 * Fills in a template. nginx's own `$variables` have no braces and stay.
 *
 * @throws Error naming a `${NAME}` that has no value, or whose value nginx would not read as one word.
 */
export function renderNginx(template: string, values: NginxValues): string {
  const known = new Map<string, string>(Object.entries(values));
  return template.replaceAll(
    /^(?!\s*#).*$/gm,
    (line) =>
      line.replaceAll(/\$\{([A-Z_]+)\}/g, (_match, name: string) => {
        const value = known.get(name);
        if (value === undefined) throw new Error(`Cannot render nginx: no value for ${name}`);
        if (/[\s;{}"'$\\]/.test(value)) {
          throw new Error(`Cannot render nginx: ${name} holds a character nginx would misread`);
        }
        return value;
      }),
  );
}

/**
 * The `upstream` blocks. A server that refuses is left out for 2 s. An edge that refuses or hangs is left out for longer,
 * for each listener who finds out has waited for it; when all have failed, all are tried again (`backup`) and none is
 * left out.
 */
export function renderUpstreams(upstreams: Upstreams): string {
  const block = (name: string, servers: readonly string[], extra: readonly string[] = []) =>
    [
      `upstream ${name} {`,
      ...extra.map((line) => `    ${line}`),
      ...servers.map((server) => `    server ${server};`),
      "    keepalive 64;",
      "    keepalive_requests 100000;",
      "}",
      "",
    ].join("\n");
  const once = (servers: readonly string[]) =>
    servers.map((server) => `${server} max_fails=1 fail_timeout=2s`);
  const edges = upstreams.edges.map((server) => `${server} max_fails=2 fail_timeout=10s`);
  const again = upstreams.edges.map((server) => `${server} max_fails=0 backup`);
  return [
    block("rooms", once(upstreams.rooms)),
    block("users", once(upstreams.users)),
    // Shared among the workers, so that one page's tries take turns among the gateways.
    block("gateways", once(upstreams.gateways), ["zone gateways 64k;"]),
    block("edges", [...edges, ...again], ["zone edges 64k;", "least_conn;"]),
  ].join("\n");
}
