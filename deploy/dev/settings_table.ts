import { z } from "zod";

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
  const cells = rows.map(({ name, initial, meaning }) => [
    `\`${name}\``,
    initial === null || initial === "" ? "" : `\`${initial}\``,
    meaning.replaceAll("|", "\\|"),
  ]);
  const all = [["setting", "default", "meaning"], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function asText(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}
