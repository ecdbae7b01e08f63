import { z } from "zod";
import { BrokenFile, parseYaml } from "./yaml_file.ts";

export const KUBERNETES = "deploy/kubernetes";

const Labels = z.record(z.string(), z.string());

const EnvVar = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
});

const Probe = z.looseObject({
  httpGet: z.looseObject({ port: z.union([z.string(), z.number()]) }).optional(),
});

export const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).default([]),
  env: z.array(EnvVar).default([]),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  startupProbe: Probe.optional(),
  readinessProbe: Probe.optional(),
  livenessProbe: Probe.optional(),
  lifecycle: z.looseObject({ preStop: z.unknown() }).optional(),
  resources: z.looseObject({ limits: Labels, requests: Labels }).optional(),
  securityContext: z.looseObject({
    allowPrivilegeEscalation: z.boolean(),
    readOnlyRootFilesystem: z.boolean(),
  }).optional(),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
  restartPolicy: z.string().optional(),
});
export type Container = z.infer<typeof Container>;

const Item = z.object({ key: z.string(), path: z.string() });

const Pod = z.looseObject({
  hostNetwork: z.boolean().default(false),
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.looseObject({ runAsNonRoot: z.literal(true) }).optional(),
  initContainers: z.array(Container).default([]),
  containers: z.array(Container).min(1),
  volumes: z.array(z.looseObject({
    name: z.string(),
    secret: z.looseObject({ secretName: z.string(), items: z.array(Item) }).optional(),
    configMap: z.looseObject({ name: z.string(), optional: z.boolean().default(false) }).optional(),
  })).default([]),
});

/** A Deployment, StatefulSet or DaemonSet, as far as a check needs it. */
export const Workload = z.looseObject({
  kind: z.enum(["Deployment", "StatefulSet", "DaemonSet"]),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.number().optional(),
    selector: z.object({ matchLabels: Labels }),
    template: z.object({
      metadata: z.looseObject({ labels: Labels, annotations: Labels.default({}) }),
      spec: Pod,
    }),
    volumeClaimTemplates: z.array(
      z.looseObject({ metadata: z.looseObject({ name: z.string() }) }),
    ).default([]),
  }),
});
export type Workload = z.infer<typeof Workload>;

/** Any object at all. */
export const AnyObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.unknown().optional(),
});

/** An object and the file it stands in, from the project's root. */
export interface Manifest {
  readonly file: string;
  readonly object: unknown;
}

export const Kustomization = z.looseObject({
  namespace: z.string(),
  resources: z.array(z.string()),
  images: z.array(z.object({ name: z.string(), newTag: z.string() })),
  configMapGenerator: z.array(z.object({
    name: z.string(),
    envs: z.array(z.string()).default([]),
    files: z.array(z.string()).default([]),
  })),
});
export type Kustomization = z.infer<typeof Kustomization>;

export function readKustomization(read: (path: string) => string): Kustomization {
  const file = `${KUBERNETES}/kustomization.yaml`;
  const parsed = Kustomization.safeParse(parseYaml(file, read(file))[0]);
  if (parsed.success) return parsed.data;
  throw new BrokenFile(file, z.prettifyError(parsed.error).replaceAll("\n", " "));
}

/** Every object of the base. */
export function manifests(
  read: (path: string) => string,
  { resources }: Kustomization,
): Manifest[] {
  return resources.flatMap((name) => {
    const file = `${KUBERNETES}/${name}`;
    return parseYaml(file, read(file)).map((object) => ({ file, object }));
  });
}
