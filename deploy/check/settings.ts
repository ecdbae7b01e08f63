import { ConfigError, ConfigSchema, readConfig, SECRETS } from "../../src/platform/config.ts";

/** What stands for the content of a secret's file: checks never read one. */
const CONTENT: Readonly<Record<string, string>> = { ROOMCAST_REDIS: "redis://checked:6379" };
const ANY_CONTENT = "0123456789abcdef0123456789abcdef";

const SECRET_NAME = /SECRET|PASSWORD|PASSWD|TOKEN|_KEY$|CREDENTIAL/;

/** What is wrong with the environment of a process that plays a role, in sentences. */
export function settingsErrors(env: Readonly<Record<string, string>>): string[] {
  const known = new Set([
    ...Object.keys(ConfigSchema.shape),
    ...SECRETS.map((name) => `${name}_FILE`),
  ]);
  const names = Object.keys(env).filter((name) => name.startsWith("ROOMCAST_"));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) return unknown.map((name) => `there is no setting ${name}`);
  try {
    readConfig(env, (path) => {
      const setting = SECRETS.find((name) => env[`${name}_FILE`] === path) ?? "";
      return CONTENT[setting] ?? ANY_CONTENT;
    });
    return [];
  } catch (err) {
    if (err instanceof ConfigError) return [err.message];
    throw err;
  }
}

/** The secrets that an environment holds itself, where a file should be named: their names. */
export function inlineSecrets(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env)
    .filter(([name, value]) =>
      value !== "" && !name.endsWith("_FILE") &&
      (SECRET_NAME.test(name) || SECRETS.some((secret) => secret === name) ||
        /:\/\/[^/\s]*:[^/\s]*@/.test(value))
    )
    .map(([name]) => name);
}
