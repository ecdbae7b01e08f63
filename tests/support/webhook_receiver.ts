import { WebhookEnvelope } from "../../src/contracts/webhook_events.ts";

/** A request that a receiver got. */
export interface Received {
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  readonly event: WebhookEnvelope;
}

/** A receiver that answers each path as it is told to, and keeps what came. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** How the next requests of a path are answered, in their order; then 204. */
  script(path: string, ...answers: (() => Response | Promise<Response>)[]): void;
  /** What came to a path. */
  at(path: string): Received[];
  stop(): Promise<void>;
}

export function startReceiver(port = 0): Receiver {
  const received: Received[] = [];
  const scripts = new Map<string, (() => Response | Promise<Response>)[]>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname;
      const body = await request.text();
      const event = WebhookEnvelope.parse(JSON.parse(body));
      received.push({ path, headers: request.headers, body, event });
      const answer = scripts.get(path)?.shift();
      return answer === undefined ? new Response(null, { status: 204 }) : await answer();
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    port: server.addr.port,
    received,
    script: (path, ...answers) => void scripts.set(path, answers),
    at: (path) => received.filter((one) => one.path === path),
    stop: () => server.shutdown(),
  };
}

/** The types of what came to a path, in their order. */
export function typesAt(receiver: Receiver, path: string): string[] {
  return receiver.at(path).map(({ event }) => event.type);
}
