import { parse } from "yaml";
import { z } from "zod";
import { ROOT } from "./root.ts";

/** Where the alerts are, from the project's root. */
export const ALERTS_FILE = "deploy/observe/prometheus/alerts.yml";

/** How soon somebody must look, in words. */
export const SEVERITIES = {
  critical: "listeners or speakers notice now: wake somebody",
  warning: "look at it today",
  info: "worth knowing",
} as const;

const Duration = z.string().regex(/^(\d+(ms|s|m|h|d|w|y))+$/, "a duration as Prometheus writes it");

/** A file of alerts: what Prometheus takes, and what we want of each besides. */
const AlertFile = z.strictObject({
  groups: z.array(z.strictObject({
    name: z.string(),
    rules: z.array(z.strictObject({
      alert: z.string().regex(/^Roomcast[A-Z][A-Za-z]+$/),
      expr: z.string(),
      for: Duration.optional(),
      labels: z.strictObject({ severity: z.enum(["critical", "warning", "info"]) }),
      annotations: z.strictObject({
        summary: z.string().regex(/^[A-Z].*[^.]$/),
        runbook: z.string().regex(/^[A-Za-z].*\.$/),
      }),
    })).min(1),
  })).min(1),
});
export type AlertGroup = z.output<typeof AlertFile>["groups"][number];

/** The groups of alerts that are shipped. @throws ZodError naming what is not right. */
export async function readAlerts(): Promise<AlertGroup[]> {
  return AlertFile.parse(parse(await Deno.readTextFile(`${ROOT}/${ALERTS_FILE}`))).groups;
}
