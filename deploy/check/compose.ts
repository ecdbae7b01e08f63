import { z } from "zod";
import { parseYaml } from "./yaml_file.ts";

const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const Service = z.looseObject({
  image: z.string(),
  build: z.looseObject({ context: z.string(), target: z.string() }).optional(),
  command: z.array(z.string()).default([]),
  user: z.string().optional(),
  environment: z.record(z.string(), Text).default({}),
  secrets: z.array(z.string()).default([]),
  configs: z.array(z.object({ source: z.string(), target: z.string() })).default([]),
  networks: z.record(
    z.string(),
    z.object({ ipv4_address: z.ipv4(), aliases: z.array(z.string()).default([]) }),
  ),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  extra_hosts: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  profiles: z.array(z.string()).default([]),
  restart: z.string().optional(),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  stop_grace_period: z.string().optional(),
  logging: z.looseObject({ options: z.record(z.string(), Text).default({}) }).optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  deploy: z.looseObject({
    resources: z.looseObject({ limits: z.looseObject({ memory: z.string() }).optional() }),
  }).optional(),
});
export type ComposeService = z.infer<typeof Service>;

const File = z.object({ file: z.string() });

/** As much of a Compose file as Roomcast's has, all values filled in and all extensions merged. */
export const ComposeFile = z.looseObject({
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), z.looseObject({ internal: z.boolean().default(false) })),
  volumes: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), File).default({}),
  configs: z.record(z.string(), File).default({}),
});
export type ComposeFile = z.infer<typeof ComposeFile>;

export const COMPOSE_FILE = "deploy/compose.yaml";

/** The YAML of a Compose file with `${NAMES}` filled in, as Compose hands it to its schema. */
export function composeDocument(text: string, env: Readonly<Record<string, string>>): unknown {
  const [document] = parseYaml(COMPOSE_FILE, text);
  return filledIn(document, env);
}

function filledIn(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") return interpolate(value, env);
  if (Array.isArray(value)) return value.map((item) => filledIn(item, env));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, filledIn(inner, env)]),
  );
}

/**
 * Fills in `$NAME`, `${NAME}` and `${NAME:-default}`; `$$` is a `$`.
 *
 * @throws Error for a name without a value.
 */
export function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::-([^}]*))?\})/g,
    (_all, dollar, bare, braced, fallback) => {
      if (dollar !== undefined) return "$";
      const name: string = bare ?? braced;
      const value = env[name] || fallback;
      if (value === undefined) throw new Error(`Cannot fill in ${text}: ${name} has no value`);
      return value;
    },
  );
}

/** The role that a service plays, or null. */
export function roleOf({ command }: ComposeService): string | null {
  return command[0] === "serve" ? command[1] ?? null : null;
}
