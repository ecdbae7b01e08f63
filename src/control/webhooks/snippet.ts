import type { IncomingMessage } from "node:http";

/** How many bytes of an answer are read. */
const MAX_BYTES = 512;

/**
 * What an answer's body begins with, as text without control characters; null when it is empty. Reads no further than
 * that and waits no longer than `limitMs`: what matters was in the head.
 */
export async function readSnippet(
  response: IncomingMessage,
  limitMs: number,
): Promise<string | null> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, limitMs);
  response.on("data", (chunk: Uint8Array<ArrayBuffer>) => {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= MAX_BYTES) over.resolve();
  });
  for (const end of ["end", "close", "error"]) response.on(end, () => over.resolve());
  await over.promise;
  clearTimeout(timer);
  response.destroy();
  const text = await new Blob(chunks).slice(0, MAX_BYTES).text();
  const shown = text.replaceAll(/\p{Cc}+/gu, " ").trim();
  return shown === "" ? null : shown;
}
