import { type ComposeFile, type ComposeService, roleOf } from "./compose.ts";
import { roleName, ROLES } from "../../src/roles.ts";
import { inlineSecrets, settingsErrors } from "./settings.ts";
import { upstreamsOf } from "./upstreams.ts";

export type ComposeRule = (file: ComposeFile) => string[];

/** Compose's services by the names of the seed's graph: how many there are at least, and what each waits for. */
const GRAPH: readonly { readonly is: RegExp; readonly least: number; readonly after: RegExp[] }[] =
  [
    { is: /^web-server$/, least: 1, after: [/^gateway-/, /^edge-/, /^rooms$/, /^users$/] },
    { is: /^gateway-\d$/, least: 3, after: [/^redis$/, /^etcd$/, /^rooms$/] },
    { is: /^users$/, least: 1, after: [/^redis$/] },
    { is: /^rooms$/, least: 1, after: [/^etcd$/] },
    { is: /^janus-manager-\d$/, least: 2, after: [/^etcd$/, /^janus-\d$/] },
    { is: /^janus-\d$/, least: 2, after: [] },
    { is: /^mixer-\d$/, least: 2, after: [/^etcd$/] },
    { is: /^edge-\d$/, least: 1, after: [/^etcd$/] },
    { is: /^etcd$/, least: 1, after: [] },
    { is: /^redis$/, least: 1, after: [] },
  ];

/** How long (s) a process takes to stop once it has drained. */
const STOP_S = 8;

/** Who may be reached from outside, and how. */
const PUBLIC: readonly { readonly is: RegExp; readonly port: RegExp }[] = [
  { is: /^web-server$/, port: /:8080$/ },
  { is: /^janus-\d$/, port: /^\d+-\d+:\d+-\d+\/udp$/ },
  { is: /^(prometheus|grafana)$/, port: /^127\.0\.0\.1:/ },
  { is: /^turn$/, port: /:\d+(-\d+)?(\/udp|\/tcp)?$/ },
];

/** Who calls the outside, though nobody there may call it: the Room Manager sends webhooks. */
const CALLS_OUT = /^rooms$/;

function services(file: ComposeFile): [string, ComposeService][] {
  return Object.entries(file.services);
}

/** A rule that looks at each service by itself. */
function each(rule: (service: ComposeService, name: string, file: ComposeFile) => string[]) {
  return (file: ComposeFile) =>
    services(file).flatMap(([name, service]) =>
      rule(service, name, file).map((wrong) => `${name}: ${wrong}`)
    );
}

const graph: ComposeRule = (file) =>
  GRAPH.flatMap(({ is, least, after }) => {
    const found = services(file).filter(([name]) => is.test(name));
    const few = found.length < least
      ? [`there are ${found.length} services like ${is.source}, not ${least}`]
      : [];
    const early = found.flatMap(([name, { depends_on }]) =>
      after.filter((one) => !Object.keys(depends_on).some((other) => one.test(other)))
        .map((one) => `${name}: it does not wait for ${one.source}`)
    );
    return [...few, ...early];
  });

const references = each((service, _name, file) => [
  ...missing("service", Object.keys(service.depends_on), file.services),
  ...missing("network", Object.keys(service.networks), file.networks),
  ...missing("secret", service.secrets, file.secrets),
  ...missing("config", service.configs.map(({ source }) => source), file.configs),
  ...missing(
    "volume",
    service.volumes.map((volume) => volume.split(":")[0] ?? "").filter((one) =>
      !one.startsWith(".") && !one.startsWith("/")
    ),
    file.volumes,
  ),
  ...Object.entries(service.depends_on)
    .filter(([other, { condition }]) =>
      condition === "service_healthy" && file.services[other]?.healthcheck === undefined
    )
    .map(([other]) => `it waits until ${other} is healthy, which has no health check`),
]);

/** What Prometheus looks at is there, on a network that it shares. */
export function scrapeErrors(file: ComposeFile, targets: readonly string[]): string[] {
  const prometheus = file.services.prometheus;
  const listening = services(file).filter(([, service]) =>
    roleOf(service) !== null &&
    Object.keys(service.networks).some((network) => network in (prometheus?.networks ?? {}))
  );
  const there = listening.map(([name, service]) => `${name}:${portOf(service)}`);
  return [
    ...targets.filter((target) => !there.includes(target)).map((one) => `nothing is at ${one}`),
    ...there.filter((one) => !targets.includes(one)).map((one) => `${one} is not looked at`),
  ];
}

function portOf(service: ComposeService): string {
  const name = roleName(roleOf(service) ?? "");
  return name === null ? "" : service.environment[ROLES[name].port] ?? "";
}

function missing(what: string, names: readonly string[], known: Record<string, unknown>): string[] {
  return names.filter((name) => !(name in known)).map((name) => `there is no ${what} ${name}`);
}

const settings = each((service) => {
  const { environment, secrets } = service;
  const files = Object.entries(environment).filter(([name]) => name.endsWith("_FILE"));
  return [
    ...(roleOf(service) === null ? [] : settingsErrors(environment)),
    ...inlineSecrets(environment).map((name) => `${name} holds a secret: name a file`),
    ...files.filter(([, path]) => !secrets.some((secret) => path === `/run/secrets/${secret}`))
      .map(([name, path]) => `${name} names ${path}, which is no secret of this service`),
  ];
});

/** Every URL in a setting leads to a service that shares a network, at a port on which it listens. */
const addresses = each((service, _name, file) =>
  Object.entries(service.environment).flatMap(([setting, value]) => {
    if (!/^ROOMCAST_(ETCD|ROOMS_URL|USERS_URL|JANUS_URL)$/.test(setting)) return [];
    return value.split(",").flatMap((text) => {
      const { hostname, port } = new URL(text);
      const found = services(file).find(([name, { networks }]) =>
        name === hostname || Object.values(networks).some((one) => one.ipv4_address === hostname)
      );
      if (found === undefined) return [`${setting}: nobody is at ${hostname}`];
      const [name, other] = found;
      const shared = Object.entries(other.networks).some(([network, { ipv4_address }]) =>
        network in service.networks && (name === hostname || ipv4_address === hostname)
      );
      if (!shared) return [`${setting}: ${name} is on no network of it`];
      return listens(other, port) ? [] : [`${setting}: ${name} does not listen on ${port}`];
    });
  })
);

function listens({ environment, command }: ComposeService, port: string): boolean {
  return Object.entries(environment).some(([name, value]) =>
    name.endsWith("_PORT") && value === port
  ) || command.some((arg) => arg.startsWith("--listen-client-urls=") && arg.endsWith(`:${port}`));
}

const own = each(({ environment, networks }) =>
  ["ROOMCAST_BIND", "ROOMCAST_ADVERTISE", "JANUS_WS_IP", "JANUS_MEDIA_IP"].flatMap((name) => {
    const value = environment[name];
    const here = Object.values(networks).some((one) => one.ipv4_address === value);
    return value === undefined || here ? [] : [`${name} is ${value}, which is not its address`];
  })
);

const exposure = each((service, name, file) => {
  const may = PUBLIC.find(({ is }) => is.test(name));
  const outside = Object.keys(service.networks).filter((net) => !file.networks[net]?.internal);
  return [
    ...service.ports.filter((port) => !may?.port.test(port)).map((port) =>
      `it may not publish ${port}`
    ),
    ...(may || CALLS_OUT.test(name)
      ? []
      : outside.map((net) => `it may not be on the network ${net}`)),
  ];
});

const hardening = each((service) => {
  const drains = Number(service.environment.ROOMCAST_DRAIN_S ?? 0);
  const grace = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? "")?.[1] ?? 0);
  return [
    ...(service.restart === "unless-stopped" ? [] : ["it is not restarted"]),
    ...(service.healthcheck === undefined ? ["it has no health check"] : []),
    ...(service.logging?.options["max-size"] === undefined ? ["its log grows for ever"] : []),
    ...(service.deploy?.resources.limits === undefined ? ["it has no limit of memory"] : []),
    ...(service.cap_drop.includes("ALL") ? [] : ["it keeps capabilities"]),
    ...(service.read_only ? [] : ["its root can be written"]),
    ...(service.security_opt.includes("no-new-privileges:true") ? [] : ["it may gain privileges"]),
    ...(grace > drains + STOP_S
      ? []
      : [`it is killed after ${grace} s, and may drain for ${drains} s`]),
    ...(/:[^:]*\d[^:]*$/.test(service.image) ? [] : [`${service.image} names no version`]),
  ];
});

const frontDoor: ComposeRule = (file) => {
  const hosts = file.services["web-server"]?.extra_hosts ?? {};
  return Object.values(upstreamsOf(file)).flat().map((server) => server.split(":")[0] ?? "")
    .filter((name) => hosts[name] !== file.services[name]?.environment.ROOMCAST_BIND)
    .map((name) => `web-server: its extra_hosts do not lead to ${name}`);
};

/** What must hold of deploy/compose.yaml beside its schema. */
export const COMPOSE_RULES: readonly ComposeRule[] = [
  graph,
  references,
  settings,
  addresses,
  own,
  exposure,
  hardening,
  frontDoor,
];
