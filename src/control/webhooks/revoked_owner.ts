import type { UserId } from "../../contracts/ids.ts";
import type { EndpointStore } from "./endpoint_store.ts";

/**
 * Switches off an account's webhooks for all rooms, for it is no admin any more.
 *
 * @returns How many were on.
 */
export async function switchOffSiteWebhooks(
  endpoints: EndpointStore,
  owner: UserId,
): Promise<number> {
  const off = { reason: "its owner is no admin any more", at: Date.now() };
  const theirs = (await endpoints.forOwner(owner)).filter((one) =>
    one.owner === owner && one.scope === "site" && one.disabled === null
  );
  for (const { id } of theirs) {
    await endpoints.change(id, (now) => ({ ...now, disabled: now.disabled ?? off }));
  }
  return theirs.length;
}
