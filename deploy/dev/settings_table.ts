import { z } from "zod";
import { markdownTable } from "./markdown_table.ts";

/** One row of the table of settings. */
export interface SettingRow {
  readonly name: string;
  /** As it would be written in the environment; null when there is none. */
  readonly initial: string | null;
  readonly meaning: string;
}

/**
 * What a schema of settings says of each.
 *
 * @throws Error naming a setting without a description.
 */
export function settingRows(schema: z.ZodObject): SettingRow[] {
  return Object.entries(schema.shape).map(([name, setting]) => {
    const meaning = z.globalRegistry.get(setting)?.description;
    if (meaning === undefined) throw new Error(`Cannot document ${name}: it has no description`);
    const initial = setting instanceof z.ZodDefault ? setting.def.defaultValue : undefined;
    return { name, meaning, initial: initial === undefined ? null : asText(initial) };
  });
}

/** A Markdown table of settings. */
export function settingsMarkdown(rows: readonly SettingRow[]): string {
  return markdownTable(
    ["setting", "default", "meaning"],
    rows.map(({ name, initial, meaning }) => [
      `\`${name}\``,
      initial === null || initial === "" ? "" : `\`${initial}\``,
      meaning,
    ]),
  );
}

function asText(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}
