/**
 * Asks again and again until the answer is neither null, undefined nor false, and gives it. For what tells nobody when
 * it happens, such as a process that goes away.
 *
 * @param what Names what is waited for, in the error.
 * @throws Error with the last refusal when `limitMs` has passed.
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  limitMs = 15_000,
): Promise<Exclude<T, null | undefined | false>> {
  const giveUpAt = Date.now() + limitMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (isSomething(answer)) return answer;
      cause = undefined;
    } catch (err) {
      cause = err;
    }
    if (Date.now() > giveUpAt) throw new Error(`Waited ${limitMs} ms in vain: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function isSomething<T>(answer: T): answer is Exclude<T, null | undefined | false> {
  return answer !== null && answer !== undefined && answer !== false;
}
