/** Where the runtime that `deno compile` puts programs into comes from; null: it cannot be had here. */
export type Denort = { readonly from: string } | null;

/** How long (ms) the network may take to show that it is there. */
const LIMIT_MS = 4000;

/**
 * Looks for `denort`: the file that `DENORT_BIN` names, one that was downloaded before, or the network.
 *
 * @throws Error when `DENORT_BIN` names no file.
 */
export async function findDenort(
  env: { get(name: string): string | undefined } = Deno.env,
): Promise<Denort> {
  const own = env.get("DENORT_BIN");
  if (own) {
    if (await isFile(own)) return { from: own };
    throw new Error(`Cannot use DENORT_BIN: ${own} is no file`);
  }
  const name = `denort-${Deno.build.target}.zip`;
  const path = `release/v${Deno.version.deno}/${name}`;
  const cache = env.get("DENO_DIR") ??
    `${env.get("XDG_CACHE_HOME") ?? `${env.get("HOME")}/.cache`}/deno`;
  if (await isFile(`${cache}/dl/${path}`)) return { from: `${cache}/dl/${path}` };
  const url = `https://dl.deno.land/${path}`;
  return await answers(url) ? { from: url } : null;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(LIMIT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
