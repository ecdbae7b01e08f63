import { z } from "zod";

const Range = z.object({
  header: z.object({ revision: z.string() }),
  kvs: z.array(z.object({ key: z.base64(), value: z.base64() })).default([]),
});

/** How long (ms) an answer may take. */
const LIMIT_MS = 3000;

/** All keys under a prefix as etcd has them now, by its JSON gateway: no client between us and the truth. */
export async function listKeys(
  etcdUrl: string,
  prefix: string,
): Promise<{ revision: string; entries: Map<string, string> }> {
  const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  const { header, kvs } = Range.parse(
    await ask(etcdUrl, "/v3/kv/range", { key: btoa(prefix), range_end: btoa(end) }),
  );
  const text = (base64: string) => new TextDecoder().decode(Uint8Array.fromBase64(base64));
  return {
    revision: header.revision,
    entries: new Map(kvs.map(({ key, value }) => [text(key), text(value)])),
  };
}

/** Writes a key that means nothing to anybody, so that the revision grows. */
export async function touch(etcdUrl: string): Promise<void> {
  await ask(etcdUrl, "/v3/kv/put", { key: btoa("/chaos"), value: btoa(crypto.randomUUID()) });
}

/** Throws away the history before a revision. */
export async function compact(etcdUrl: string, revision: string): Promise<void> {
  await ask(etcdUrl, "/v3/kv/compaction", { revision, physical: true });
}

async function ask(etcdUrl: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${etcdUrl}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`);
  return await response.json();
}
