import { run } from "./tools.ts";

/** What is asked of a made file before it is kept. */
export interface Trial {
  readonly version: string;
  /** True: it must also load etcd's client, whose files a compiled program may not find. That takes some seconds. */
  readonly etcd?: boolean;
}

/**
 * Runs a made file from an empty folder, with nothing of this machine's settings.
 *
 * @throws Error with what it said when it does not work.
 */
export async function tryOut(file: string, { version, etcd = false }: Trial): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "roomcast-try-" });
  try {
    const env = {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: dir,
      XDG_DATA_HOME: dir,
      ROOMCAST_CACHE_DIR: dir,
      // Nobody answers there.
      ROOMCAST_ETCD: "http://127.0.0.1:1",
    };
    const says = await run(file, ["version"], { cwd: dir, env, clearEnv: true });
    if (says.trim() !== version) throw new Error("It does not say its version");
    if (!etcd) return;
    const { stderr } = await new Deno.Command(file, {
      args: ["undrain", "mixer/nobody"],
      cwd: dir,
      env,
      clearEnv: true,
    }).output();
    const said = new TextDecoder().decode(stderr).trim();
    if (!said.endsWith("etcd does not answer at http://127.0.0.1:1")) {
      throw new Error(`It does not work:\n${said}`);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
