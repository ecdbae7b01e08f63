import { randomId } from "./contracts/ids.ts";
import { LINK_KEY_LEAD_MS, newLinkKey } from "./control/rooms/link_keyring.ts";
import { connectEtcd, EtcdStore } from "./coordination/etcd.ts";
import { etcdAccess } from "./coordination/etcd_access.ts";
import { LinkKeyStore } from "./coordination/link_keys.ts";
import type { Config } from "./platform/config.ts";
import { inTime } from "./platform/in_time.ts";
import { Lifecycle } from "./platform/lifecycle.ts";
import { silentLog } from "./platform/log.ts";

/** How long (ms) etcd may take to answer. */
const ETCD_LIMIT_MS = 5000;

/**
 * Makes a new key for listening links; those given out stay good until they expire.
 *
 * @throws Error in one readable line when etcd does not answer.
 */
export async function rotateLinkKeys(config: Config, print: (line: string) => void): Promise<void> {
  await withKeys("rotate", config, async (keys) => {
    const kid = randomId(8);
    await keys.add(kid, newLinkKey(Date.now() + LINK_KEY_LEAD_MS));
    print(`New links are signed with ${kid} in ${LINK_KEY_LEAD_MS / 1000} s; old ones stay good`);
  });
}

/**
 * Calls every listening link back that was ever given out; who listens by one is cut off.
 *
 * @throws Error in one readable line when etcd does not answer.
 */
export async function revokeLinks(config: Config, print: (line: string) => void): Promise<void> {
  await withKeys("call back", config, async (keys) => {
    const old = [...keys.all().keys()];
    const kid = randomId(8);
    await keys.add(kid, newLinkKey(Date.now()));
    for (const spent of old) await keys.remove(spent);
    print(`No link given out before is good any more; new ones are signed with ${kid}`);
  });
}

async function withKeys(
  what: string,
  config: Config,
  work: (keys: LinkKeyStore) => Promise<void>,
): Promise<void> {
  const log = silentLog();
  const parts = new Lifecycle(log);
  const store = parts.add("etcd", new EtcdStore(connectEtcd(etcdAccess(config))));
  const keys = parts.add("link keys", new LinkKeyStore({ store, log }));
  const hosts = config.ROOMCAST_ETCD.join(", ");
  try {
    const late = `Cannot ${what} links: etcd does not answer at ${hosts}`;
    await inTime(keys.start(), ETCD_LIMIT_MS, late);
    await work(keys);
  } finally {
    await parts.stop();
  }
}
