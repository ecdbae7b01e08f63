import { ConfigSchema, SECRETS } from "../../src/platform/config.ts";
import { LauncherSchema } from "./settings.ts";
import { settingRows, settingsMarkdown } from "./settings_table.ts";

/** The text of docs/configuration.md, made from the schemas that check the settings. */
export function configurationDoc(): string {
  return `<!-- Made by \`./denow task docs\` from the schemas: change those, not this. -->

# Configuration

Every setting is an environment variable, read once when a process starts. One that cannot be used stops the
process with a line that names it.

${settingsMarkdown(settingRows(ConfigSchema))}

A secret can come from a file: set ${
    SECRETS.map((name) => `\`${name}_FILE\``).join(", ")
  } to its path.

## Only for \`./denow task dev\`

The launcher starts everything on one machine. It sets addresses, secrets, node ids and data folders itself; the
settings below are its own. Data is kept under \`.roomcast/\`.

${settingsMarkdown(settingRows(LauncherSchema))}
`;
}
