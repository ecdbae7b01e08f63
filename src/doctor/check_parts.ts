import { type Finding, unwell, well } from "./finding.ts";
import { atLeast, inspectPart, type Part, PARTS, type PartState } from "./parts.ts";

/** Whether each program of the system is here and new enough. What only tests need is never missed. */
export async function checkParts(parts: readonly Part[] = PARTS): Promise<Finding[]> {
  const states = await Promise.all(parts.map(inspectPart));
  return [
    well("Deno", Deno.version.deno),
    ...parts.flatMap((part, index) => {
      const state = states[index];
      return state === undefined || (part.testsOnly === true && !state.found)
        ? []
        : [partFinding(part, state)];
    }),
  ];
}

/** What is to be said of one part. */
export function partFinding(part: Part, state: PartState): Finding {
  const install = `apt-get install ${part.package}`;
  if (!state.found) return unwell(part.name, `not found; it ${part.what}`, install);
  const { path, version } = state;
  if (part.minimum !== null && version === null) {
    return unwell(part.name, `${path} does not say its version`, `check that it runs: ${path}`);
  }
  if (part.minimum !== null && version !== null && !atLeast(version, part.minimum)) {
    return unwell(
      part.name,
      `${version} at ${path} is older than ${part.minimum}`,
      `install ${part.minimum} or newer: ${install}`,
    );
  }
  return well(part.name, `${version ?? "any version"} (${path})`);
}
