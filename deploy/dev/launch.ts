import { readConfig } from "../../src/platform/config.ts";
import { type Cluster, startCluster } from "../local/cluster.ts";
import { outsideAddresses } from "./addresses.ts";
import { choosePorts } from "./choose_ports.ts";
import { BY_HAND, localAdmin } from "./local_admin.ts";
import { buildPages } from "./pages.ts";
import { removeRunning, writeRunning } from "./running.ts";
import { readLauncherSettings } from "./settings.ts";
import { table } from "./table.ts";

/**
 * Starts everything on this machine and keeps it running.
 *
 * @param untilStopped Called once all of it runs; when its promise resolves, all of it is stopped.
 * @throws ConfigError or StartError, each one readable line, with nothing left running.
 */
export async function launch(
  dir: string,
  say: (line: string) => void,
  untilStopped: () => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  const env = Deno.env.toObject();
  const settings = readLauncherSettings(env);
  const config = readConfig(env);
  const { ports, notes } = choosePorts(settings, config);
  for (const note of notes) say(note);
  await buildPages(say);

  const outside = outsideAddresses();
  const hosts = ["localhost", "127.0.0.1", ...outside];
  const cluster = await startCluster({
    dir,
    ports,
    bind: settings.ROOMCAST_HTTP_BIND,
    origins: env.ROOMCAST_ORIGINS === undefined
      ? hosts.map((host) => `http://${host}:${ports.http}`)
      : config.ROOMCAST_ORIGINS,
    iceInterfaces: ["lo", "127.0.0.1", ...outside],
    ...(env.ROOMCAST_ETCD === undefined ? {} : { etcdUrl: config.ROOMCAST_ETCD.join(",") }),
    ...(env.ROOMCAST_REDIS === undefined ? {} : { redisUrl: config.ROOMCAST_REDIS }),
    env: env.ROOMCAST_GUESTS === undefined ? {} : { ROOMCAST_GUESTS: env.ROOMCAST_GUESTS },
    revive: true,
    onEvent: say,
  });
  const admin = env.ROOMCAST_REDIS === undefined
    ? await localAdmin(`${dir}/secrets`, cluster.redisUrl)
    : BY_HAND;
  await writeRunning(dir, {
    ...runningEnv(cluster),
    ROOMCAST_HTTP_BIND: settings.ROOMCAST_HTTP_BIND,
  });

  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say("");
  for (const line of describe(cluster)) say(line);
  say("");
  say(`Ready in ${seconds} s:  http://localhost:${ports.http}`);
  say(`For operators:  http://localhost:${ports.http}/admin  (${admin})`);
  if (settings.ROOMCAST_HTTP_BIND !== "127.0.0.1") {
    for (const address of outside) {
      say(
        `Listeners nearby:  http://${address}:${ports.http}  (browsers give the microphone to localhost or https only)`,
      );
    }
  }
  say("Ctrl-C stops it all.");

  await untilStopped();
  say("Stopping…");
  await cluster.stop();
  await removeRunning(dir);
  say("Stopped.");
}

function describe(cluster: Cluster): string[] {
  return table([
    ["part", "where", "pid", "log"],
    ...[...cluster.processes.values()].map(({ name, where, pid, logFile }) => [
      name,
      where?.replace(/\/$/, "") ?? "–",
      String(pid ?? "–"),
      logFile.replace(`${Deno.cwd()}/`, ""),
    ]),
  ]);
}

/** The settings with which the doctor finds what runs. */
function runningEnv(cluster: Cluster): Record<string, string> {
  const portOf = (url: string | undefined) => new URL(url ?? cluster.url).port;
  return {
    ROOMCAST_ETCD: cluster.etcdUrl,
    ROOMCAST_REDIS: cluster.redisUrl,
    ROOMCAST_JANUS_URL: cluster.janusUrls[0] ?? "",
    ROOMCAST_HTTP_PORT: portOf(cluster.url),
    ROOMCAST_ROOMS_PORT: portOf(cluster.roomsUrl),
    ROOMCAST_USERS_PORT: portOf(cluster.usersUrl),
    ROOMCAST_GATEWAY_PORT: portOf(cluster.gatewayUrls[0]),
    ROOMCAST_EDGE_PORT: portOf(cluster.edgeUrls[0]),
    ROOMCAST_MIXER_PORT: portOf(cluster.mixerUrls[0]),
    ROOMCAST_JANUS_HTTP_PORT: portOf(cluster.managerUrls[0]),
  };
}
