import { checkCompose } from "./check_compose.ts";
import { checkDockerfile } from "./check_dockerfile.ts";
import type { Check, Finding } from "./finding.ts";

const CHECKS: readonly Check[] = [checkCompose, checkDockerfile];

/** Everything that is wrong with the files of deploy/. */
export function checkAll(read: (path: string) => string): Finding[] {
  return CHECKS.flatMap((check) => check(read));
}
