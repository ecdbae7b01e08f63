/** Another launcher works in this folder; the message is one readable line. */
export class AlreadyRunningError extends Error {
  override readonly name = "AlreadyRunningError";
}

/**
 * Makes this process the only one that launches from `dir`. The kernel lets go of it when the process ends,
 * however it ends.
 *
 * @throws AlreadyRunningError naming the process that has it.
 */
export async function lockFolder(dir: string): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  const path = `${dir}/dev.lock`;
  const file = await Deno.open(path, { create: true, read: true, write: true });
  if (!await file.tryLock(true)) {
    const pid = (await Deno.readTextFile(path)).trim();
    throw new AlreadyRunningError(
      `Roomcast runs in this folder already${pid === "" ? "" : ` (pid ${pid})`}: ` +
        "end it with Ctrl-C there first",
    );
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
}
