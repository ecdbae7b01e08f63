import { checkCompose } from "./check_compose.ts";
import { checkDockerfile } from "./check_dockerfile.ts";
import { checkKubernetes } from "./check_kubernetes.ts";
import { checkScraping } from "./check_scraping.ts";
import { checkUnits } from "./check_units.ts";
import { BrokenFile } from "./yaml_file.ts";
import type { Check, Finding } from "./finding.ts";

const CHECKS: readonly Check[] = [
  checkCompose,
  checkDockerfile,
  checkUnits,
  checkKubernetes,
  checkScraping,
];

/** Everything that is wrong with the files of deploy/. */
export function checkAll(read: (path: string) => string): Finding[] {
  return CHECKS.flatMap((check) => {
    try {
      return check(read);
    } catch (err) {
      if (err instanceof BrokenFile) return [{ file: err.file, message: err.message }];
      throw err;
    }
  });
}
