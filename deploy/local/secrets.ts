import { z } from "zod";

/** The secrets that Janus and its clients share on this machine. */
const Secrets = z.object({
  janusApiSecret: z.string().min(16),
  janusAdminKey: z.string().min(16),
});
export type Secrets = z.infer<typeof Secrets>;

/** Files that only their owner can read, for settings named `…_FILE`. */
export interface SecretFiles extends Secrets {
  readonly apiSecretFile: string;
  readonly adminKeyFile: string;
}

/** The secrets kept in `dir`, made at random the first time. */
export async function localSecrets(dir: string): Promise<SecretFiles> {
  await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  const apiSecretFile = `${dir}/janus_api_secret`;
  const adminKeyFile = `${dir}/janus_admin_key`;
  return {
    ...Secrets.parse({
      janusApiSecret: await keptSecret(apiSecretFile),
      janusAdminKey: await keptSecret(adminKeyFile),
    }),
    apiSecretFile,
    adminKeyFile,
  };
}

async function keptSecret(path: string): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (err) {
    if (!(err instanceof Deno.errors.NotFound)) throw err;
    const secret = crypto.getRandomValues(new Uint8Array(24)).toHex();
    await Deno.writeTextFile(path, secret, { mode: 0o600, createNew: true });
    return secret;
  }
}
