import { LINK_TTL_S, type LinkKey } from "../../contracts/listen_links.ts";

/** The age (ms) at which the key that signs is replaced: 30 days. */
export const LINK_KEY_LIFE_MS = 30 * 24 * 3600 * 1000;
/** How long (ms) edges have a new key before links are signed with it. */
export const LINK_KEY_LEAD_MS = 60_000;

type Keys = ReadonlyMap<string, LinkKey>;

/** The key to sign with now: the newest that edges have had time to learn, or else the oldest. Null: there is none. */
export function signingLinkKey(keys: Keys, now: number): { kid: string; secret: string } | null {
  const sorted = byAge(keys);
  const found = sorted.findLast(([, { signsFrom }]) => signsFrom <= now) ?? sorted[0];
  return found === undefined ? null : { kid: found[0], secret: found[1].secret };
}

/** Whether a new key is due. */
export function needsLinkKey(keys: Keys, now: number): boolean {
  const newest = byAge(keys).at(-1);
  return newest === undefined || now - newest[1].signsFrom > LINK_KEY_LIFE_MS;
}

/** The keys of which every link has expired. */
export function spentLinkKeys(keys: Keys, now: number): string[] {
  const sorted = byAge(keys);
  return sorted.flatMap(([kid], index) => {
    const next = sorted[index + 1]?.[1].signsFrom ?? Infinity;
    return next + LINK_TTL_S.max * 1000 < now ? [kid] : [];
  });
}

/** @param signsFrom Unix time in ms. */
export function newLinkKey(signsFrom: number): LinkKey {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  return { secret: secret.toBase64({ alphabet: "base64url", omitPadding: true }), signsFrom };
}

function byAge(keys: Keys): [string, LinkKey][] {
  // Two made at the same instant are in the same order everywhere.
  return [...keys].sort(([a, one], [b, other]) =>
    one.signsFrom - other.signsFrom || (a < b ? -1 : 1)
  );
}
