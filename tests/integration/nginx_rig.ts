import { type LocalNginxOptions, startNginx } from "../../deploy/local/nginx.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { tempDir } from "../support/temp_dir.ts";

/** A server behind the front door that says what it was asked. */
export interface Upstream extends AsyncDisposable {
  readonly host: string;
  readonly name: string;
}

export interface FrontDoor extends AsyncDisposable {
  readonly url: string;
  /** All that nginx has written to its logs. */
  logs(): Promise<string>;
}

/** Answers `{name, path, forwardedFor}`; what `handle` answers comes first. */
export function upstream(
  name: string,
  handle: (request: Request) => Response | Promise<Response> | null = () => null,
): Upstream {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) =>
      handle(request) ?? Response.json({
        name,
        path: new URL(request.url).pathname,
        forwardedFor: request.headers.get("x-forwarded-for"),
      }),
  );
  return {
    name,
    host: `127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** nginx with the configuration we ship, in front of the upstreams, with a page and an asset. */
export async function frontDoor(
  hosts: { rooms: string; users: string; gateways: string[]; edges: string[] },
  options: Partial<Pick<LocalNginxOptions, "port" | "serverFiles">> = {},
): Promise<FrontDoor> {
  const dir = await tempDir();
  const webRoot = `${dir.path}/web`;
  await Deno.mkdir(`${webRoot}/assets`, { recursive: true });
  await Deno.writeTextFile(`${webRoot}/index.html`, "<!doctype html><title>page</title>");
  await Deno.writeTextFile(
    `${webRoot}/assets/app-abc123.js`,
    `export default "${"x".repeat(2000)}";`,
  );
  const logFile = `${dir.path}/nginx.log`;
  const nginx = await startNginx({
    dir: `${dir.path}/nginx`,
    port: freePort(),
    webRoot,
    logFile,
    ...options,
    upstreams: { ...hosts, rooms: [hosts.rooms], users: [hosts.users] },
  });
  return {
    url: nginx.url,
    logs: async () =>
      await Deno.readTextFile(logFile) + await Deno.readTextFile(`${dir.path}/nginx/access.log`),
    [Symbol.asyncDispose]: async () => {
      await nginx.stop();
      await dir[Symbol.asyncDispose]();
    },
  };
}
