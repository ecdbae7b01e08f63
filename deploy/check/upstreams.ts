import { renderUpstreams, type Upstreams } from "../../src/front_door/nginx_config.ts";
import { type ComposeFile, roleOf } from "./compose.ts";

/** The servers behind nginx, by the services of a Compose file. */
export function upstreamsOf({ services }: ComposeFile): Upstreams {
  const of = (role: string) =>
    Object.entries(services).filter(([, service]) => roleOf(service) === role)
      .map(([name, { environment }]) =>
        `${name}:${environment[`ROOMCAST_${role.toUpperCase()}_PORT`] ?? ""}`
      );
  return { rooms: of("rooms"), users: of("users"), gateways: of("gateway"), edges: of("edge") };
}

/** upstreams.conf as it belongs to a Compose file. */
export function composeUpstreams(file: ComposeFile): string {
  return written("compose.yaml", upstreamsOf(file));
}

/** upstreams.conf of the Kubernetes base: each Service spreads what comes among its pods. */
export function kubernetesUpstreams(): string {
  return written("the Services", {
    rooms: ["rooms:3000"],
    users: ["users:8085"],
    gateways: ["gateway:8081"],
    edges: ["edge:8090"],
  });
}

function written(from: string, upstreams: Upstreams): string {
  return `# Made from ${from} by deno task check:deploy --write.\n${renderUpstreams(upstreams)}`;
}
