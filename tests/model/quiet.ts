import { ROOMS, type Site } from "./site.ts";
import { standOf, unsettled } from "./unsettled.ts";

/** All must be as it should within this time (ms) after the last fault was mended. */
const QUIET_MS = 150_000;
/** A call or a write under way takes no longer than this (ms). */
const AFTERMATH_MS = 8000;
/** It is looked at so often (ms). */
const LOOK_MS = 2000;

/**
 * Mends every fault and lets the time pass, until all is as it must be.
 *
 * @param revive Whether dead nodes come back when others could take their rooms.
 * @throws Error that says what does not hold.
 */
export async function quiet(site: Site, revive: boolean): Promise<void> {
  site.etcdUp();
  for (const group of [site.januses, site.mixers]) {
    for (const node of group) {
      if (revive || group.every(({ alive, draining }) => !alive || draining)) node.boot();
    }
  }
  if (site.managers.every(({ alive }) => !alive)) site.managers[0]?.boot();
  await site.time.advance(AFTERMATH_MS);
  let left = unsettled(site);
  let revision = -1n;
  for (let passed = 0; left.length > 0 || site.world.etcd.revision !== revision;) {
    if (passed > QUIET_MS) fail(site, left);
    revision = site.world.etcd.revision;
    passed += LOOK_MS;
    await site.time.advance(LOOK_MS);
    assertUnbroken(site);
    left = unsettled(site);
  }
  const wrong = forgotten(site);
  if (!site.excused && site.truth.moves > 0) wrong.push("rooms were moved without a reason");
  if (wrong.length > 0) fail(site, wrong);
}

/** @throws Error that says which invariant did not hold. */
export function assertUnbroken(site: Site): void {
  if (site.world.broken.length > 0) fail(site, site.world.broken);
}

/** What was acknowledged and is not so (I6). */
function forgotten(site: Site): string[] {
  return ROOMS.flatMap((id) => {
    const ledger = site.callers.ledgers.get(id);
    const stand = standOf(site, id);
    if (ledger === undefined || ledger.possible.has(stand)) return [];
    return [`I6: ${id} is ${stand}, and not ${[...ledger.possible].join(" or ")}`];
  });
}

function fail(site: Site, what: readonly string[]): never {
  throw new Error([...what, "etcd holds:", ...site.keys()].join("\n"));
}
