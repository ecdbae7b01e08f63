import { envFile } from "./env_file.ts";
import type { Check, Finding } from "./finding.ts";
import { JsonSchema } from "./json_schema.ts";
import { AnyObject, KUBERNETES, manifests, readKustomization, Workload } from "./kubernetes.ts";
import { type Base, KUBERNETES_RULES } from "./kubernetes_rules.ts";
import { kubernetesUpstreams } from "./upstreams.ts";
import { METRIC_NAMES } from "./metric_names.ts";

const KUSTOMIZATION = `${KUBERNETES}/kustomization.yaml`;

/** Holds deploy/kubernetes/ against the API of Kubernetes and against what Roomcast needs of it. */
export const checkKubernetes: Check = (read) => {
  const kustomization = readKustomization(read);
  const all = manifests(read, kustomization);
  const broken = schemaErrors(read, all);
  if (broken.length > 0) return broken;
  const workloads = all.flatMap(({ file, object }) => {
    const parsed = Workload.safeParse(object);
    return parsed.success ? [{ file, workload: parsed.data }] : [];
  });
  const shapeless = all.filter(({ object }) =>
    /^(Deployment|StatefulSet|DaemonSet)$/.test(AnyObject.parse(object).kind) &&
    !Workload.safeParse(object).success
  ).map(({ file, object }) => ({
    file,
    message:
      Workload.safeParse(object).error?.issues.map(({ path, message }) =>
        `${path.join(".")}: ${message}`
      ).join("; ") ?? "",
  }));
  const made = new Set(kustomization.images.map(({ name }) => name));
  const base: Base = {
    manifests: all,
    workloads,
    configMaps: new Map(kustomization.configMapGenerator.map(({ name, envs }) => [
      name,
      Object.assign({}, ...envs.map((path) => envFile(read(`${KUBERNETES}/${path}`)))),
    ])),
    secretKeys: new Set(
      [...read("deploy/secrets.sh").matchAll(/\b(?:janus|redis|turn|etcd)_[a-z_]+\b/g)]
        .map(([key]) => key),
    ),
    isImage: (image) => made.has(image) || /:[^:]*\d+\.\d+[^:]*$/.test(image),
    metrics: METRIC_NAMES,
  };
  const stale = [
    ["upstreams.conf", kubernetesUpstreams()],
    ["redis.conf", read("deploy/compose/redis.conf")],
  ].filter(([name, text]) => read(`${KUBERNETES}/${name}`) !== text)
    .map(([name]) => ({
      file: `${KUBERNETES}/${name}`,
      message: "run deno task check:deploy --write",
    }));
  return [
    ...shapeless,
    ...KUBERNETES_RULES.flatMap((rule) => rule(base)),
    ...imageFindings(read, kustomization.images),
    ...stale,
  ];
};

function schemaErrors(
  read: (path: string) => string,
  all: ReturnType<typeof manifests>,
): Finding[] {
  const schema = JsonSchema.of(read("deploy/schemas/kubernetes.json"), "kubernetes.json");
  return all.flatMap(({ file, object }) => {
    const parsed = AnyObject.safeParse(object);
    if (!parsed.success) return [{ file, message: "it holds something that is no object" }];
    const { apiVersion, kind, metadata } = parsed.data;
    const pointer = `/properties/${
      `${apiVersion} ${kind}`.replaceAll("~", "~0").replaceAll("/", "~1")
    }`;
    return schema.errors(object, encodeURI(pointer))
      .map((wrong) => ({ file, message: `${kind} ${metadata.name}: ${wrong}` }));
  });
}

/** The images are those that compose.yaml builds, in the version of deno.json. */
function imageFindings(
  read: (path: string) => string,
  images: readonly { readonly name: string; readonly newTag: string }[],
): Finding[] {
  const compose = read("deploy/compose.yaml");
  const version = /"version": "([^"]+)"/.exec(read("deno.json"))?.[1];
  const file = KUSTOMIZATION;
  return images.flatMap(({ name, newTag }) => [
    ...(compose.includes(`\${IMAGE:-roomcast}${name.replace(/^roomcast/, "")}:`)
      ? []
      : [{ file, message: `nothing makes the image ${name}` }]),
    ...(newTag === version ? [] : [{ file, message: `${name} is not of version ${version}` }]),
  ]);
}
