import { z } from "zod";

/** One step of Prometheus's `relabel_config`, as far as our files use it; the defaults are Prometheus's own. */
export const RelabelStep = z.strictObject({
  source_labels: z.array(z.string()).min(1),
  regex: z.string().default("(.*)"),
  replacement: z.string().default("$1"),
  target_label: z.string().optional(),
  action: z.enum(["replace", "keep", "drop"]).default("replace"),
}).refine(({ action, target_label }) => (action === "replace") === (target_label !== undefined), {
  message: "what is replaced has a target_label, and nothing else has",
});
export type RelabelStep = z.infer<typeof RelabelStep>;

export type Labels = Readonly<Record<string, string>>;

/** The labels that a target ends up with; null: it is not scraped. */
export function relabel(found: Labels, steps: readonly RelabelStep[]): Labels | null {
  let labels = found;
  for (const { source_labels, regex, replacement, target_label, action } of steps) {
    const value = source_labels.map((name) => labels[name] ?? "").join(";");
    const match = new RegExp(`^(?:${regex})$`).exec(value);
    if (action !== "replace" && (match !== null) !== (action === "keep")) return null;
    if (match === null || target_label === undefined) continue;
    const text = replacement.replaceAll(/\$(\d)/g, (_whole, group) => match[Number(group)] ?? "");
    labels = { ...labels, [target_label]: text };
  }
  return labels;
}
