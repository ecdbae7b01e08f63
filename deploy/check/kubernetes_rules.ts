import { z } from "zod";
import { ConfigSchema } from "../../src/platform/config.ts";
import { ROLE_NAMES, roleName, ROLES } from "../../src/roles.ts";
import { AnyObject, type Container, type Manifest, type Workload } from "./kubernetes.ts";
import { inlineSecrets, settingsErrors } from "./settings.ts";

/** What rules look at. */
export interface Base {
  readonly manifests: readonly Manifest[];
  readonly workloads: readonly { readonly file: string; readonly workload: Workload }[];
  /** The config maps that are generated: name, and its settings when it has any. */
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The files that deploy/secrets.sh makes. */
  readonly secretKeys: ReadonlySet<string>;
  /** Images that the Dockerfile makes, and those that have a version of their own. */
  readonly isImage: (image: string) => boolean;
  /** The names of all metrics that roles export. */
  readonly metrics: ReadonlySet<string>;
}

export interface Wrong {
  readonly file: string;
  readonly message: string;
}

export type KubernetesRule = (base: Base) => Wrong[];

/** How long (s) a process takes to stop once it has drained. */
const STOP_S = 8;

/** Where Kubernetes puts NodePorts by default: on every machine, and so in the way of media. */
const NODE_PORTS = { min: 30_000, max: 32_767 };

/** What fields that only a cluster knows might be. */
const FIELDS: Readonly<Record<string, string>> = {
  "metadata.name": "mixer-0",
  "spec.nodeName": "machine-1",
  "status.hostIP": "10.0.0.7",
  "status.podIP": "10.1.0.7",
};

/** A rule that looks at each container by itself. */
function each(rule: (container: Container, base: Base, workload: Workload) => string[]) {
  return (base: Base): Wrong[] =>
    base.workloads.flatMap(({ file, workload }) => {
      const { initContainers, containers } = workload.spec.template.spec;
      return [...initContainers, ...containers].flatMap((container) =>
        rule(container, base, workload).map((message) => ({
          file,
          message: `${container.name}: ${message}`,
        }))
      );
    });
}

/** The environment of a container as its process would have it. */
export function environment({ env, envFrom }: Container, base: Base): Record<string, string> {
  const all: Record<string, string> = Object.assign(
    {},
    ...envFrom.map(({ configMapRef }) => base.configMaps.get(configMapRef.name) ?? {}),
  );
  for (const { name, value, valueFrom } of env) {
    const text = value ?? FIELDS[valueFrom?.fieldRef.fieldPath ?? ""] ?? "";
    all[name] = text.replaceAll(
      /\$\(([A-Z_]+)\)/g,
      (whole, other: string) => all[other] ?? whole,
    );
  }
  return all;
}

const settings = each((container, base) => {
  const env = environment(container, base);
  const unset = container.envFrom.filter(({ configMapRef }) =>
    !base.configMaps.has(configMapRef.name)
  );
  return [
    ...unset.map(({ configMapRef }) => `there is no config map ${configMapRef.name}`),
    ...(container.args[0] === "serve" ? settingsErrors(env) : []),
    ...inlineSecrets(env).map((name) => `${name} holds a secret: name a file`),
  ];
});

/** A port that a role listens on is the port that the container says it has. */
const ports = each((container, base) => {
  const env = environment(container, base);
  const role = container.args[0] === "serve" ? container.args[1] ?? "" : "";
  const setting = roleName(role) === null ? "" : ROLES[roleName(role) ?? "rooms"].port;
  const declared = container.ports.find(({ name }) => name === "http")?.containerPort;
  const expected = Number(env[setting] ?? DEFAULT_PORTS[role]);
  const wrong = declared !== undefined && role in DEFAULT_PORTS && declared !== expected;
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
  return [
    ...(wrong ? [`it listens on ${expected}, and says ${declared}`] : []),
    ...probes.flatMap((probe) => probe?.httpGet?.port ?? [])
      .filter((port) => !container.ports.some(({ name }) => name === port))
      .map((port) => `a probe asks at ${port}, which is no port of it`),
  ];
});

/** The ports that roles listen on by default. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = Object.fromEntries(
  ROLE_NAMES.map((name) => [name, ConfigSchema.parse({})[ROLES[name].port]]),
);

/** How a container is told its first and its last UDP port for media. */
const MEDIA_PORTS = [
  ["ROOMCAST_RTP_MIN", "ROOMCAST_RTP_MAX"],
  ["JANUS_RTP_MIN", "JANUS_RTP_MAX"],
] as const;

/** Media on the machines' own network has ports of its own. */
const mediaPorts: KubernetesRule = (base) => {
  const taken = base.workloads.flatMap(({ file, workload }) => {
    const { hostNetwork, initContainers, containers } = workload.spec.template.spec;
    return (hostNetwork ? [...initContainers, ...containers] : []).flatMap((container) => {
      const isMixer = container.args[0] === "serve" && container.args[1] === "mixer";
      const env = { ...isMixer ? RTP_DEFAULTS : {}, ...environment(container, base) };
      const { name } = container;
      return MEDIA_PORTS.filter(([min]) => min in env)
        .map(([min, max]) => ({ file, name, min: Number(env[min]), max: Number(env[max]) }));
    });
  });
  return taken.flatMap(({ file, name, min, max }, at) =>
    [{ name: "NodePorts", ...NODE_PORTS }, ...taken.slice(0, at)]
      .filter((other) => min <= other.max && max >= other.min)
      .map((other) => ({ file, message: `${name}: ${min} to ${max} are ports of ${other.name}` }))
  );
};

const { ROOMCAST_RTP_MIN, ROOMCAST_RTP_MAX } = ConfigSchema.parse({});
const RTP_DEFAULTS: Readonly<Record<string, unknown>> = { ROOMCAST_RTP_MIN, ROOMCAST_RTP_MAX };

const hardening = each((container, base, { spec: { template } }) => {
  const { spec } = template;
  const isMain = spec.containers.includes(container);
  const drainS = Number(environment(container, base).ROOMCAST_DRAIN_S ?? 0);
  return [
    ...(spec.securityContext ? [] : ["it may run as root"]),
    ...(container.securityContext?.allowPrivilegeEscalation === false
      ? []
      : ["it may gain privileges"]),
    ...(container.securityContext?.readOnlyRootFilesystem ? [] : ["its root can be written"]),
    ...(container.resources?.limits.memory ? [] : ["it has no limit of memory"]),
    ...(isMain || container.restartPolicy === "Always" ? [] : ["it is no sidecar"]),
    ...(spec.terminationGracePeriodSeconds > drainS + STOP_S ? [] : [
      `it is killed after ${spec.terminationGracePeriodSeconds} s, and may drain for ${drainS}`,
    ]),
    ...(base.isImage(container.image) ? [] : [`there is no image ${container.image}`]),
  ];
});

const probes = each((container) =>
  container.ports.length === 0 || (container.startupProbe && container.livenessProbe)
    ? []
    : ["it is not probed"]
);

const mounts = each((container, base, workload) => {
  const { spec } = workload.spec.template;
  const claims = workload.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name);
  const volumes = new Map(spec.volumes.map((volume) => [volume.name, volume]));
  const files = container.volumeMounts.flatMap(({ name, mountPath }) =>
    (volumes.get(name)?.secret?.items ?? []).map(({ path }) => `${mountPath}/${path}`)
  );
  const wanted = Object.entries(environment(container, base))
    .filter(([name]) => name.endsWith("_FILE"));
  return [
    ...container.volumeMounts.filter(({ name }) => !volumes.has(name) && !claims.includes(name))
      .map(({ name }) => `there is no volume ${name}`),
    ...wanted.filter(([, path]) => !files.includes(path))
      .map(([name, path]) => `${name} names ${path}, which is not mounted`),
    ...spec.volumes.flatMap(({ secret }) => secret?.items ?? [])
      .filter(({ key }) => !base.secretKeys.has(key))
      .map(({ key }) => `deploy/secrets.sh makes no ${key}`),
    ...spec.volumes.flatMap(({ configMap }) => configMap ?? [])
      .filter(({ name, optional }) => !optional && !base.configMaps.has(name))
      .map(({ name }) => `there is no config map ${name}`),
  ];
});

const Selecting = z.object({
  spec: z.object({
    selector: z.union([
      z.object({ matchLabels: z.record(z.string(), z.string()) }).transform((one) =>
        one.matchLabels
      ),
      z.record(z.string(), z.string()),
    ]),
  }),
});

/** What Services and budgets select is there. */
const selectors: KubernetesRule = ({ manifests, workloads }) =>
  manifests.flatMap(({ file, object }) => {
    const { kind, metadata } = AnyObject.parse(object);
    const selecting = Selecting.safeParse(object);
    if (!selecting.success || !["Service", "PodDisruptionBudget"].includes(kind)) return [];
    const wanted = Object.entries(selecting.data.spec.selector);
    const found = workloads.filter(({ workload: { spec } }) =>
      wanted.every(([key, value]) => spec.template.metadata.labels[key] === value)
    );
    // A drain leaves out DaemonSets, which have no number of pods that a share could be of.
    const daemons = kind === "PodDisruptionBudget" &&
      found.some(({ workload }) => workload.kind === "DaemonSet");
    const name = `${kind} ${metadata.name}`;
    return [
      ...(found.length > 0 ? [] : [{ file, message: `${name} selects nothing` }]),
      ...(daemons ? [{ file, message: `${name} selects a DaemonSet` }] : []),
    ];
  });

const ownLabels: KubernetesRule = ({ workloads }) =>
  workloads.filter(({ workload: { spec } }) =>
    Object.entries(spec.selector.matchLabels).some(([key, value]) =>
      spec.template.metadata.labels[key] !== value
    )
  ).map(({ file, workload }) => ({
    file,
    message: `${workload.metadata.name} does not select its own pods`,
  }));

const ServiceSpec = z.object({
  spec: z.looseObject({
    ports: z.array(z.object({ port: z.number(), targetPort: z.string() })),
  }),
});

const servicePorts: KubernetesRule = ({ manifests, workloads }) => {
  const names = new Set(
    workloads.flatMap(({ workload: { spec } }) =>
      spec.template.spec.containers.flatMap(({ ports }) => ports.map(({ name }) => name))
    ),
  );
  return manifests.flatMap(({ file, object }) => {
    const service = ServiceSpec.safeParse(object);
    if (AnyObject.parse(object).kind !== "Service" || !service.success) return [];
    return service.data.spec.ports.filter(({ targetPort }) => !names.has(targetPort))
      .map(({ targetPort }) => ({ file, message: `no container has a port ${targetPort}` }));
  });
};

const Scaler = z.object({
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string() }).loose(),
    metrics: z.array(z.looseObject({
      pods: z.looseObject({ metric: z.object({ name: z.string() }) }).optional(),
    })),
  }).loose(),
});

/** What is scaled is there, by figures that its pods export, and its file does not say how many: applied again, it would win. */
const scalers: KubernetesRule = ({ manifests, workloads, metrics }) =>
  manifests.filter(({ object }) => AnyObject.parse(object).kind === "HorizontalPodAutoscaler")
    .flatMap(({ file, object }) => {
      const { scaleTargetRef, metrics: by } = Scaler.parse(object).spec;
      const { name } = scaleTargetRef;
      const target = workloads.find(({ workload: { kind, metadata } }) =>
        kind === scaleTargetRef.kind && metadata.name === name
      );
      const fixed = target?.workload.spec.replicas !== undefined;
      const missing = by.flatMap(({ pods }) => pods?.metric.name ?? [])
        .filter((name) => !metrics.has(name)).map((name) => `nothing exports ${name}`);
      const all = [
        ...(target ? [] : [`there is no ${name} to scale`]),
        ...(fixed ? [`${name} is scaled, and names replicas`] : []),
        ...missing,
      ];
      return all.map((message) => ({ file, message }));
    });

/** Every role of the seed's graph is played by something. */
const graph: KubernetesRule = ({ workloads }) => {
  const names = workloads.map(({ workload }) => workload.metadata.name);
  return ["rooms", "users", "gateway", "edge", "janus", "mixer", "web", "etcd", "redis"]
    .filter((name) => !names.includes(name))
    .map((name) => ({
      file: "deploy/kubernetes/kustomization.yaml",
      message: `nothing is ${name}`,
    }));
};

/** What must hold of deploy/kubernetes/ beside its schema. */
export const KUBERNETES_RULES: readonly KubernetesRule[] = [
  settings,
  ports,
  hardening,
  probes,
  mounts,
  selectors,
  ownLabels,
  servicePorts,
  scalers,
  mediaPorts,
  graph,
];
