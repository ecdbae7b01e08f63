/** A folder for one test, gone at the end of its scope. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
}

/** Use it as `await using dir = await tempDir()`. */
export async function tempDir(): Promise<TempDir> {
  const path = await Deno.makeTempDir({ prefix: "roomcast-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
