/**
 * Makes the schemas of this folder from the published ones (README.md says where those are): what describes goes, and
 * of Kubernetes all but what the kinds we use are made of.
 *
 *     deno run -A deploy/schemas/trim.ts compose-spec.json kubernetes-definitions.json
 */
import { z } from "zod";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const Published = z.object({ $defs: z.record(z.string(), z.json()) });

/** The kinds that deploy/kubernetes/ is made of. */
const KINDS: Readonly<Record<string, string>> = {
  "apps/v1 DaemonSet": "io.k8s.api.apps.v1.DaemonSet",
  "apps/v1 Deployment": "io.k8s.api.apps.v1.Deployment",
  "apps/v1 StatefulSet": "io.k8s.api.apps.v1.StatefulSet",
  "autoscaling/v2 HorizontalPodAutoscaler": "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
  "networking.k8s.io/v1 Ingress": "io.k8s.api.networking.v1.Ingress",
  "networking.k8s.io/v1 NetworkPolicy": "io.k8s.api.networking.v1.NetworkPolicy",
  "policy/v1 PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
  "v1 ConfigMap": "io.k8s.api.core.v1.ConfigMap",
  "v1 Namespace": "io.k8s.api.core.v1.Namespace",
  "v1 Secret": "io.k8s.api.core.v1.Secret",
  "v1 Service": "io.k8s.api.core.v1.Service",
  "v1 ServiceAccount": "io.k8s.api.core.v1.ServiceAccount",
};

const PREFIX = /^.*#\/\$defs\//;

/** A schema without what only describes; a property that is called "description" is one, and stays. */
function bare(value: Json, isMap = false): Json {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, inner]) =>
      isMap || !(["description", "title", "deprecated"].includes(key) || key.startsWith("x-")) ||
      typeof inner === "object"
    )
    .map(([key, inner]): [string, Json] =>
      key === "$ref" && typeof inner === "string"
        ? [key, inner.replace(PREFIX, "#/$defs/")]
        : [key, bare(inner, !isMap && ["properties", "patternProperties", "$defs"].includes(key))]
    );
  return Object.fromEntries(entries);
}

/** The names of the definitions that a value refers to. */
function namesIn(value: Json): string[] {
  return [...JSON.stringify(value).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)]
    .map(([, name = ""]) => name);
}

function kubernetes(published: Json): Json {
  const { $defs } = Published.parse(published);
  const wanted = new Map<string, Json>();
  const open = Object.values(KINDS);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const found = $defs[name];
    if (wanted.has(name)) continue;
    if (found === undefined) throw new Error(`There is no definition of ${name}`);
    // What a cluster says of an object is never written by hand.
    const definition = bare(found);
    wanted.set(name, definition);
    open.push(...namesIn(definition));
  }
  const kinds = Object.fromEntries(
    Object.entries(KINDS).map(([kind, name]) => [kind, { $ref: `#/$defs/${name}` }]),
  );
  return { properties: kinds, $defs: Object.fromEntries([...wanted].sort()) };
}

async function write(name: string, schema: Json): Promise<void> {
  const path = new URL(name, import.meta.url);
  await Deno.writeTextFile(path, `${JSON.stringify(schema)}\n`);
}

const [compose = "", definitions = ""] = Deno.args;
await write("compose_spec.json", bare(JSON.parse(await Deno.readTextFile(compose))));
await write("kubernetes.json", kubernetes(JSON.parse(await Deno.readTextFile(definitions))));
