import {
  COMPOSE_FILE,
  composeDocument,
  ComposeFile,
  type ComposeService,
  interpolate,
} from "./compose.ts";
import { COMPOSE_RULES, scrapeErrors } from "./compose_rules.ts";
import { parseYaml } from "./yaml_file.ts";
import { z } from "zod";
import { composeUpstreams } from "./upstreams.ts";
import { envFile } from "./env_file.ts";
import type { Check } from "./finding.ts";
import { JsonSchema } from "./json_schema.ts";

export const ENV_EXAMPLE = "deploy/.env.example";

/** Holds deploy/compose.yaml against the Compose specification and against what Roomcast needs of it. */
export const checkCompose: Check = (read) => {
  const text = read(COMPOSE_FILE);
  const example = envFile(read(ENV_EXAMPLE));
  const at = (file: string) => (message: string) => ({ file, message });
  const document = composeDocument(text, example);
  const schema = JsonSchema.of(read("deploy/schemas/compose_spec.json"), "compose_spec.json");
  const wrong = schema.errors(document);
  if (wrong.length > 0) return wrong.map(at(COMPOSE_FILE));
  const parsed = ComposeFile.safeParse(document);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) =>
      at(COMPOSE_FILE)(`${path.join(".")}: ${message}`)
    );
  }
  const file = parsed.data;
  return [
    ...COMPOSE_RULES.flatMap((rule) => rule(file)).map(at(COMPOSE_FILE)),
    ...Object.values(file.services).flatMap(wrongTarget(read)).map(at(COMPOSE_FILE)),
    ...variables(text, example).map(at(ENV_EXAMPLE)),
    ...scrapeErrors(file, scrapeTargets(read)).map(at(PROMETHEUS)),
    ...configFiles(file).filter((path) => !isThere(read, path)).map((path) =>
      at(COMPOSE_FILE)(`there is no ${path}`)
    ),
    ...(read("deploy/compose/upstreams.conf") === composeUpstreams(file)
      ? []
      : [at("deploy/compose/upstreams.conf")("run deno task check:deploy --write")]),
  ];
};

const PROMETHEUS = "deploy/observe/prometheus/prometheus.yml";

const Scrapes = z.looseObject({
  scrape_configs: z.array(
    z.looseObject({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
  ),
});

function scrapeTargets(read: (path: string) => string): string[] {
  const { scrape_configs } = Scrapes.parse(parseYaml(PROMETHEUS, read(PROMETHEUS))[0]);
  return scrape_configs.flatMap(({ static_configs }) => static_configs)
    .flatMap(({ targets }) => targets);
}

function wrongTarget(read: (path: string) => string) {
  const targets = new Set(
    [...read("Dockerfile").matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name),
  );
  return ({ build }: ComposeService) =>
    build === undefined || targets.has(build.target)
      ? []
      : [`the Dockerfile has no target ${build.target}`];
}

/** The example explains every variable, and no others, with the default that the file has. */
function variables(text: string, example: Readonly<Record<string, string>>): string[] {
  const code = text.replaceAll(/^\s*#.*$/gm, "");
  const used = new Map(
    [...code.matchAll(/\$\{([A-Z_]+)(?::-([^}]*))?\}/g)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
  return [
    ...[...used.keys()].filter((name) => !(name in example)).map((name) =>
      `${name} of compose.yaml is not explained`
    ),
    ...Object.keys(example).filter((name) => !used.has(name)).map((name) =>
      `compose.yaml has no ${name}`
    ),
    ...[...used].filter(([name, value]) => name in example && example[name] !== value).map((
      [name],
    ) => `${name} has another value than compose.yaml takes by default`),
  ];
}

function configFiles(file: ComposeFile): string[] {
  return Object.values(file.configs).map(({ file: path }) =>
    interpolate(path, {}).replace(/^\.\//, "deploy/")
  );
}

function isThere(read: (path: string) => string, path: string): boolean {
  try {
    read(path);
    return true;
  } catch {
    return false;
  }
}
