import { type Config, ConfigSchema, readConfig, SECRETS } from "./platform/config.ts";

/** A setting as it stands, fit to be shown. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  /** default, environment, or the file that holds it. */
  readonly source: string;
}

/**
 * Every setting, its value and where that comes from. Secrets are masked, and so are user and password in any URL.
 *
 * @throws ConfigError when one cannot be used.
 */
export function settingsIn(
  env: Readonly<Record<string, string | undefined>>,
  readFile?: (path: string) => string,
): Setting[] {
  const config = readConfig(env, readFile);
  return names.map((name) => {
    const file = isSecret(name) ? env[`${name}_FILE`] : undefined;
    const source = file ? `file ${file}` : env[name] ? "environment" : "default";
    return { name, value: shown(name, config[name]), source };
  });
}

/** {@link settingsIn} as a table of text. */
export function printSettings(settings: readonly Setting[], print: (line: string) => void): void {
  const width = (key: "name" | "value") =>
    Math.max(...settings.map((setting) => setting[key].length));
  for (const { name, value, source } of settings) {
    print(`${name.padEnd(width("name"))}  ${value.padEnd(width("value"))}  ${source}`.trimEnd());
  }
}

const names = ConfigSchema.keyof().options;

function isSecret(name: string): boolean {
  return SECRETS.some((secret) => secret === name);
}

function shown(name: string, value: Config[keyof Config]): string {
  const text = String(value);
  if (text === "") return "–";
  const url = withoutUser(text);
  return isSecret(name) && url === null ? "(set)" : url ?? text;
}

/** A URL, or a list of them, without users, passwords and queries; null for what is none. */
function withoutUser(text: string): string | null {
  const isUrl = (item: string) => /^[a-z][a-z0-9+.-]*:\/\//.test(item) && URL.canParse(item);
  if (!text.split(",").every(isUrl)) return null;
  return text.split(",").map((item) => {
    const url = new URL(item);
    if (url.username === "" && url.password === "" && url.search === "") return item;
    if (url.username !== "" || url.password !== "") url.username = url.password = "***";
    url.search = "";
    return url.href;
  }).join(",");
}
