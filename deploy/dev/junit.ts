/** How a run of tests went. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** Sums the suites of a JUnit report as `deno test --junit-path` writes it. */
export function countJunit(xml: string): Counts {
  let passed = 0, failed = 0, ignored = 0;
  for (const [tag] of xml.matchAll(/<testsuite\s[^>]*>/g)) {
    const bad = attribute(tag, "failures") + attribute(tag, "errors");
    const skipped = attribute(tag, "disabled") + attribute(tag, "skipped");
    failed += bad;
    ignored += skipped;
    passed += attribute(tag, "tests") - bad - skipped;
  }
  return { passed, failed, ignored };
}

function attribute(tag: string, name: string): number {
  return Number(new RegExp(`\\s${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
}
