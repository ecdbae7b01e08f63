import type { ComposeFile, ComposeService } from "../../../deploy/check/compose.ts";
import { ROOT } from "../../../deploy/dev/root.ts";

/** Where what a container would have stands on this machine. */
export interface Host {
  /** A folder of the test's. */
  readonly dir: string;
  /** The folder of the secrets. */
  readonly secrets: string;
}

/** A service as a process of this machine. */
export interface ServiceProcess {
  readonly command: string;
  readonly args: readonly string[];
  /** The service's environment, with nothing added but what the image itself sets. */
  readonly env: Readonly<Record<string, string>>;
}

/** What each image runs, as the Dockerfile says. */
const ENTRYPOINTS: readonly { readonly image: RegExp; readonly entrypoint: readonly string[] }[] = [
  { image: /-janus:/, entrypoint: [`${ROOT}/deploy/images/janus.sh`] },
  { image: /^roomcast(-mixer)?:/, entrypoint: [`${ROOT}/deploy/images/roomcast.sh`] },
];

/** The process that a service of Compose's is, on a machine where its network's addresses are loopback's. */
export function serviceProcess(
  name: string,
  service: ComposeService,
  file: ComposeFile,
  host: Host,
): ServiceProcess {
  const here = (text: string) => onHost(text, name, service, file, host);
  const image = ENTRYPOINTS.find((one) => one.image.test(service.image));
  const [command = "", ...args] = [...image?.entrypoint ?? [], ...service.command].map(here);
  return { command, args, env: environment(name, service, file, host) };
}

/** The service's health check as a command. */
export function healthCheck(
  name: string,
  service: ComposeService,
  file: ComposeFile,
  host: Host,
): ServiceProcess {
  const [kind = "", ...words] = service.healthcheck?.test ?? [];
  const command = kind === "CMD-SHELL" ? ["sh", "-c", ...words] : words;
  const [first = "", ...args] = command.map((word) => onHost(word, name, service, file, host));
  return {
    command: first === "ready" ? `${ROOT}/deploy/images/ready.sh` : first,
    args,
    env: environment(name, service, file, host),
  };
}

function environment(
  name: string,
  service: ComposeService,
  file: ComposeFile,
  host: Host,
): Record<string, string> {
  const own = Object.entries(service.environment)
    .map(([key, value]): [string, string] => [key, onHost(value, name, service, file, host)]);
  const all: Record<string, string> = Object.fromEntries(own);
  return {
    ...all,
    ...(all.ROOMCAST_JANUS_URL && { ROOMCAST_JANUS_URL: unfiltered(all.ROOMCAST_JANUS_URL) }),
    ...(service.image.includes("-janus:")
      ? { JANUS_TEMPLATES: `${host.dir}/templates`, JANUS_DIR: `${host.dir}/${name}` }
      : { APP_DIR: ROOT }),
  };
}

/**
 * The same URL with its address as IPv6 writes it. Whatever is sent on loopback comes from 127.0.0.1: by an IPv4 address of
 * Janus's, mixers would take its RTP for a stranger's.
 */
function unfiltered(url: string): string {
  return url.replace(/\d+\.\d+\.\d+\.\d+/, (address) => `[::ffff:${address}]`);
}

/** A text of a service's with names as Docker's DNS would answer, and paths where its mounts are here. */
function onHost(
  text: string,
  name: string,
  service: ComposeService,
  file: ComposeFile,
  { dir, secrets }: Host,
): string {
  const mounts: [string, string][] = [
    ["/run/secrets/", `${secrets}/`],
    ...service.configs.map(({ source, target }): [string, string] => [
      target,
      `${ROOT}/deploy/${file.configs[source]?.file ?? ""}`,
    ]),
    ...service.volumes.map((volume): [string, string] => {
      const [, target = ""] = volume.split(":");
      return [target, `${dir}/${name}`];
    }),
  ];
  const moved = mounts.reduce((all, [from, to]) => all.replace(from, to), text);
  return Object.entries(file.services).reduce((all, [other, { networks }]) => {
    const shared = Object.keys(networks).find((network) => network in service.networks);
    const address = shared === undefined ? undefined : networks[shared]?.ipv4_address;
    return address === undefined ? all : all.replaceAll(`//${other}:`, `//${address}:`);
  }, moved);
}
