import { frontDoor } from "../../../deploy/images/front_door.ts";
import { janusTemplate } from "../../../deploy/images/janus_template.ts";
import { envFile } from "../../../deploy/check/env_file.ts";
import {
  COMPOSE_FILE,
  composeDocument,
  ComposeFile,
  type ComposeService,
} from "../../../deploy/check/compose.ts";
import { readProject } from "../../../deploy/check/project.ts";
import { ROOT } from "../../../deploy/dev/root.ts";
import { type LocalProcess, startProcess } from "../../../deploy/local/process.ts";
import { systemPath } from "../../../src/doctor/find.ts";
import type { Running } from "../../../src/platform/lifecycle.ts";
import { until } from "../until.ts";
import { healthCheck, type Host, serviceProcess } from "./service_process.ts";

/** The services of deploy/compose.yaml as plain processes. */
export interface ComposeOnLoopback extends Running {
  readonly file: ComposeFile;
  /** The front door. */
  readonly url: string;
  /** What nginx wrote of each request. */
  accessLog(): Promise<string>;
}

const WEB = "web-server";
const HEALTHY_LIMIT_MS = 40_000;

/**
 * Starts every service of deploy/compose.yaml as a process, each with its own command and environment, at the addresses it
 * has there: only that their network is a piece of loopback's, 127.x. Like Compose it starts a service when those it
 * waits for are healthy, by their own health checks.
 *
 * @param net The first two numbers of the addresses, as `127.77`.
 * @throws Error when a service does not become healthy; nothing runs then.
 */
export async function startComposeOnLoopback(dir: string, net: string): Promise<ComposeOnLoopback> {
  const host: Host = { dir, secrets: `${dir}/secrets` };
  const env = { ...envFile(readProject("deploy/.env.example")), NET: net };
  const file = ComposeFile.parse(composeDocument(readProject(COMPOSE_FILE), env));
  await makeSecrets(host, file);
  await writeAll(`${dir}/templates`, janusTemplate());
  await Deno.mkdir(`${dir}/logs`);
  const running: LocalProcess[] = [];
  const healthy = new Map<string, Promise<void>>();
  const up = (name: string): Promise<void> => {
    const known = healthy.get(name);
    if (known !== undefined) return known;
    const promise = (async () => {
      const service = file.services[name];
      if (service === undefined) throw new Error(`There is no service ${name}`);
      await Promise.all(Object.keys(service.depends_on).map(up));
      running.push(await start(name, service, file, host));
      await isHealthy(name, service, file, host);
    })();
    healthy.set(name, promise);
    return promise;
  };
  const stop = async () => {
    for (const process of running.toReversed()) process.kill("SIGINT");
    await Promise.all(running.map((process) => process.stop()));
  };
  const all = await Promise.allSettled(
    Object.entries(file.services).filter(([, { profiles }]) => profiles.length === 0)
      .map(([name]) => up(name)),
  );
  const failed = all.find((one) => one.status === "rejected");
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return {
    file,
    stop,
    url: `http://${webAddress(file)}:8080`,
    accessLog: () => Deno.readTextFile(`${dir}/access.log`),
  };
}

async function start(
  name: string,
  service: ComposeService,
  file: ComposeFile,
  host: Host,
): Promise<LocalProcess> {
  await Deno.mkdir(`${host.dir}/${name}`, { recursive: true });
  const { command, args, env } = name === WEB
    ? await nginx(service, file, host)
    : serviceProcess(name, service, file, host);
  return await startProcess({
    ...{ name, command, args, clearEnv: true, cwd: host.dir },
    env: { ...shell(), ...env },
    logFile: `${host.dir}/logs/${name}.log`,
  });
}

/** nginx looks names up in /etc/hosts, which Compose writes from extra_hosts. */
async function nginx(service: ComposeService, file: ComposeFile, { dir }: Host) {
  const conf = `${dir}/nginx`;
  await writeAll(
    conf,
    await frontDoor({
      DIR: `${dir}/${WEB}`,
      // A master that is killed leaves its workers behind.
      MASTER_PROCESS: "off",
      OPEN_FILES: "1024",
      CONNECTIONS: "512",
      ACCESS_LOG: `${dir}/access.log`,
      LISTEN: `${webAddress(file)}:8080`,
      WEB_ROOT: `${ROOT}/web`,
    }),
  );
  const [upstreams] = service.configs;
  const text = readProject(`deploy/${file.configs[upstreams?.source ?? ""]?.file ?? ""}`);
  const here = Object.entries(service.extra_hosts)
    .reduce(
      (all, [name, address]) => all.replaceAll(`server ${name}:`, `server ${address}:`),
      text,
    );
  await Deno.writeTextFile(`${conf}/upstreams.conf`, here);
  const args = ["-e", "stderr", "-p", `${dir}/${WEB}`, "-c", `${conf}/nginx.conf`];
  return { command: "nginx", args, env: service.environment };
}

async function isHealthy(
  name: string,
  service: ComposeService,
  file: ComposeFile,
  host: Host,
): Promise<void> {
  if (service.healthcheck === undefined) return;
  const { command, args, env } = healthCheck(name, service, file, host);
  // The image's nginx listens on every address, so its check asks at 127.0.0.1; here it has one address of its own.
  const address = name === WEB ? { ROOMCAST_BIND: webAddress(file) } : {};
  await until(`${name} to be healthy`, async () => {
    const { success } = await new Deno.Command(command, {
      ...{ args: [...args], clearEnv: true, stdin: "null", stdout: "null", stderr: "null" },
      env: { ...shell(), ...env, ...address },
    }).output();
    return success;
  }, HEALTHY_LIMIT_MS);
}

function webAddress(file: ComposeFile): string {
  return file.services[WEB]?.networks.outside?.ipv4_address ?? "";
}

async function makeSecrets({ secrets }: Host, file: ComposeFile): Promise<void> {
  const { success, stderr } = await new Deno.Command(`${ROOT}/deploy/secrets.sh`, {
    args: [secrets],
    env: { REDIS_HOST: file.services.redis?.networks.state?.ipv4_address ?? "" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** What any process needs to find its programs. */
function shell(): Record<string, string> {
  const deno = Deno.execPath().replace(/\/[^/]*$/, "");
  return { PATH: `${deno}:${systemPath()}`, HOME: Deno.env.get("HOME") ?? "/" };
}

async function writeAll(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${dir}/${name}`, text);
  }
}
