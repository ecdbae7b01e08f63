import { z } from "zod";
import { ROLE_NAMES } from "../../src/roles.ts";
import type { Check, Finding } from "./finding.ts";
import { manifests, readKustomization, Workload } from "./kubernetes.ts";
import { type Labels, relabel, RelabelStep } from "./relabel.ts";
import { parseYaml } from "./yaml_file.ts";

const FILE = "deploy/observe/prometheus/kubernetes.yml";

const Scraping = z.strictObject({
  global: z.strictObject({ scrape_interval: z.string(), evaluation_interval: z.string() }),
  rule_files: z.tuple([z.literal("alerts.yml")]),
  scrape_configs: z.tuple([z.strictObject({
    job_name: z.string(),
    kubernetes_sd_configs: z.tuple([
      z.strictObject({
        role: z.literal("pod"),
        namespaces: z.strictObject({ names: z.tuple([z.string()]) }),
      }),
    ]),
    relabel_configs: z.array(RelabelStep),
  })]),
});

/** Holds the scrape configuration for Kubernetes against the pods: each role is one job, asked at the port it listens on. */
export const checkScraping: Check = (read) => {
  const at = (message: string): Finding => ({ file: FILE, message });
  const parsed = Scraping.safeParse(parseYaml(FILE, read(FILE))[0]);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => at(`${path.join(".")}: ${message}`));
  }
  const [{ kubernetes_sd_configs: [{ namespaces }], relabel_configs }] = parsed.data.scrape_configs;
  const kustomization = readKustomization(read);
  const [namespace] = namespaces.names;
  const pods = manifests(read, kustomization).flatMap(({ object }) =>
    Workload.safeParse(object).data ?? []
  );
  const asked = pods.flatMap((pod) => targets(pod, namespace)).flatMap((found) => {
    const labels = relabel(found, relabel_configs);
    return labels === null ? [] : [GOES_BY.map((name) => labels[name]).join(" ")];
  });
  const wanted = pods.flatMap(({ metadata: { name }, spec }) => {
    const main = spec.template.spec.containers.find(({ args }) => args[0] === "serve");
    const port = main?.ports.find(({ name }) => name === "http")?.containerPort;
    return main ? [`roomcast-${main.args[1]} ${ADDRESS}:${port} roomcast ${name}-0`] : [];
  });
  const missing = ROLE_NAMES.filter((role) =>
    !wanted.some((one) => one.startsWith(`roomcast-${role} `))
  );
  return [
    ...(kustomization.namespace === namespace ? [] : [at(`nothing of ours is in ${namespace}`)]),
    ...missing.map((role) => at(`no pod plays ${role}`)),
    ...wanted.filter((one) => asked.filter((other) => other === one).length !== 1)
      .map((one) => at(`${one} is not asked just once: ${asked.join(", ")}`)),
    ...asked.filter((one) => !wanted.includes(one)).map((one) => at(`${one} is no role's`)),
  ];
};

/** What tells a target from others, for alerts, dashboards and the adapter. */
const GOES_BY = ["job", "__address__", "namespace", "pod"];
const ADDRESS = "10.1.0.7";

/** What Prometheus finds of a pod: a target for each port of each container, its sidecars too. */
function targets({ metadata, spec: { template } }: Workload, namespace: string): Labels[] {
  const { labels, annotations } = template.metadata;
  const under = (prefix: string, of: Labels) =>
    Object.fromEntries(
      Object.entries(of).map(([key, value]) => [prefix + key.replaceAll(/\W/g, "_"), value]),
    );
  return [...template.spec.initContainers, ...template.spec.containers].flatMap(({ ports }) =>
    ports.map(({ name, containerPort }) => ({
      __address__: `${ADDRESS}:${containerPort}`,
      __meta_kubernetes_namespace: namespace,
      __meta_kubernetes_pod_name: `${metadata.name}-0`,
      __meta_kubernetes_pod_phase: "Running",
      __meta_kubernetes_pod_container_port_name: name,
      ...under("__meta_kubernetes_pod_label_", labels),
      ...under("__meta_kubernetes_pod_annotation_", annotations),
    }))
  );
}
