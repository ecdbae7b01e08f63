import { createHash } from "node:crypto";
import { z } from "zod";
import { WebhookTopic } from "../../contracts/webhook_events.ts";
import { WebhookId, WebhookSecret, WebhookUrl } from "../../contracts/webhooks.ts";
import { ConfigError } from "../../platform/config.ts";
import type { Endpoint } from "./endpoint.ts";
import type { EndpointStore } from "./endpoint_store.ts";

const Configured = z.array(z.strictObject({
  url: WebhookUrl,
  /** Two while one is being changed for another; the first signs first. */
  secret: z.union([
    WebhookSecret.transform((secret) => [secret]),
    z.array(WebhookSecret).min(1).max(2),
  ]),
  events: z.array(WebhookTopic).min(1).nullable().default(null),
  description: z.string().max(200).default(""),
})).max(20);
export type Configured = z.infer<typeof Configured>;

/**
 * The endpoints in the setting ROOMCAST_WEBHOOKS.
 *
 * @throws ConfigError that says what is wrong, and shows no secret.
 */
export function parseConfigured(text: string): Configured {
  if (text.trim() === "") return [];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ConfigError("Cannot use ROOMCAST_WEBHOOKS: it is not JSON");
  }
  const parsed = Configured.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join("/") ?? "";
  throw new ConfigError(`Cannot use ROOMCAST_WEBHOOKS: /${where}: ${issue?.message ?? "invalid"}`);
}

/** Keeps the endpoints in Redis that the configuration names; what API calls have made stays as it is. */
export class ConfiguredEndpoints {
  #begun = false;

  constructor(
    private readonly store: EndpointStore,
    private readonly configured: Configured,
    /** Unix time in ms. */
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * The first time, makes them what the configuration says; later, only puts back what Redis has lost: another Room Manager
   * may have been started since, with a newer configuration.
   */
  async ensure(): Promise<void> {
    const { store } = this;
    const wanted = this.configured.map((one, index) => endpointOf(one, this.now() + index));
    for (const endpoint of wanted) {
      const known = await store.get(endpoint.id);
      if (known === null) await store.add(endpoint);
      else if (!this.#begun && !isSame(known, endpoint)) {
        const { events, description, secrets } = endpoint;
        await store.change(endpoint.id, (now) => ({ ...now, events, description, secrets }));
      }
    }
    if (this.#begun) return;
    const ids = new Set(wanted.map(({ id }) => id));
    for (const endpoint of await store.configured()) {
      if (!ids.has(endpoint.id)) await store.remove(endpoint);
    }
    this.#begun = true;
  }
}

function endpointOf(
  { url, events, description, secret }: Configured[number],
  at: number,
): Endpoint {
  return {
    ...{ id: idOf(url), url, description, scope: "site", owner: null, events },
    secrets: secret.map((one) => ({ secret: one, until: null })),
    createdAt: at,
    disabled: null,
  };
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  const shown = ({ events, description, secrets }: Endpoint) =>
    JSON.stringify({ events, description, secrets });
  return shown(a) === shown(b);
}

/** The same for the same URL, wherever it is configured. */
function idOf(url: string): WebhookId {
  const hash = createHash("sha256").update(url).digest("hex").slice(0, 12);
  return WebhookId.parse(`wh-${hash}`);
}
