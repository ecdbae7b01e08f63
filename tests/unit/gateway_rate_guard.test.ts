import { equal, throws } from "node:assert/strict";
import { AppError } from "../../src/contracts/errors.ts";
import { PATIENCE, RateGuard, RATES } from "../../src/gateway/signaling/rate_guard.ts";

const isTooMany = (err: unknown) => err instanceof AppError && err.code === "too_many_requests";

Deno.test("take() lets a burst through, refuses what is more, and each class has its own", () => {
  let now = 0;
  const guard = new RateGuard(() => now);
  for (let i = 0; i < RATES.heavy.capacity; i++) guard.take("heavy");
  throws(() => guard.take("heavy"), isTooMany);
  guard.take("light");
  guard.take("normal");
  now += 1000 / RATES.heavy.perSecond;
  guard.take("heavy");
  equal(guard.flooding, false);
});

Deno.test("flooding is true only after many refusals in a row", () => {
  let now = 0;
  const guard = new RateGuard(() => now);
  const refuse = (times: number) => {
    for (let i = 0; i < times; i++) throws(() => guard.take("normal"), isTooMany);
  };
  for (let i = 0; i < RATES.normal.capacity; i++) guard.take("normal");
  refuse(PATIENCE.capacity);
  equal(guard.flooding, false);
  refuse(1);
  equal(guard.flooding, true);
  now += 60_000;
  equal(guard.flooding, true, "for good");
});
