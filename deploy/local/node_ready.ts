import { z } from "zod";
import { nodeKey } from "../../src/contracts/keys.ts";
import { NodeInfo, type NodeKind } from "../../src/contracts/node.ts";
import type { EtcdHttp } from "../../src/coordination/etcd_http.ts";

const RangeReply = z.object({ kvs: z.array(z.object({ value: z.base64() })).default([]) });

/**
 * Whether a media node has put its key in etcd since `since` (Unix time in ms) and says it can serve.
 * Asks by etcd's JSON gateway, so that a launcher needs no client.
 */
export async function nodeReady(
  etcd: EtcdHttp,
  kind: NodeKind,
  id: string,
  since: number,
): Promise<boolean> {
  const reply = await etcd.ask("/v3/kv/range", { key: btoa(nodeKey(kind, id)) });
  const [kv] = RangeReply.parse(reply).kvs;
  if (kv === undefined) return false;
  const info = NodeInfo.parse(JSON.parse(atob(kv.value)));
  return info.startedAt >= since && info.unhealthy === null;
}
