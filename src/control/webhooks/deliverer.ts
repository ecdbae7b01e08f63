import type { WebhookId } from "../../contracts/webhooks.ts";
import { backoffMs, sleep } from "../../platform/backoff.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { count, countFromZero } from "../../platform/metrics.ts";
import { VERSION } from "../../platform/version.ts";
import { type Endpoint, validSecrets } from "./endpoint.ts";
import type { EndpointStore } from "./endpoint_store.ts";
import type { DeliveryQueue, Outcome, Try } from "./queue.ts";
import { pauseMs, TRIES_IN_LINE } from "./retry_plan.ts";
import type { Answer, Sender } from "./send.ts";
import { signatureHeaders } from "./signature.ts";

export interface DelivererOptions {
  readonly queue: DeliveryQueue;
  readonly endpoints: Pick<EndpointStore, "change">;
  readonly sender: Pick<Sender, "post">;
  readonly log: Log;
  /** The first pause (ms) after a failure. */
  readonly firstMs: number;
  /** An endpoint that has failed for so long (ms) is switched off. */
  readonly disableAfterMs: number;
}

/** How often (ms) the agenda is looked at when nobody says that there is something to do. */
const POLL_MS = 250;
/** How many endpoints one look takes. */
const MAX_ENDPOINTS = 100;
/** How many tries this process may have under way, over all endpoints. */
const MAX_TRIES = 300;
/** How long (ms) tries under way may take once this is asked to stop. */
const GRACE_MS = 1500;

/** Sends what is due. Any number of deliverers may run: a try is one deliverer's until it counts as lost. */
export class Deliverer implements Running {
  readonly #abort = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #nudge: () => void = () => {};
  #nudged = false;
  #loop: Promise<void> | undefined;

  constructor(private readonly options: DelivererOptions) {
    const outcomes = ["delivered", "retried", "failed"];
    countFromZero("roomcast_webhook_tries_total", outcomes.map((outcome) => ({ outcome })));
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There is something to send: look now. */
  wake(): void {
    this.#nudged = true;
    this.#nudge();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("The deliverer was stopped"));
    this.wake();
    await this.#loop;
    const grace = new AbortController();
    await Promise.race([Promise.all(this.#underWay), sleep(GRACE_MS, grace.signal)]);
    grace.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted;) {
      let restMs = POLL_MS;
      this.#nudged = false;
      try {
        restMs = await this.#takeDue();
        failures = 0;
      } catch (err) {
        failures += 1;
        if (failures === 1) this.options.log.warn({ err }, "webhooks wait for Redis");
        restMs = backoffMs(failures, { maxMs: 2000 });
      }
      await this.#rest(restMs);
    }
  }

  async #rest(ms: number): Promise<void> {
    if (this.#nudged) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#nudge = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Begins all tries that are due; returns how long (ms) to rest then. */
  async #takeDue(): Promise<number> {
    const { queue } = this.options;
    const { due, nextInMs } = await queue.agenda(MAX_ENDPOINTS);
    await Promise.all(due.map((id) => this.#takeAll(id)));
    return Math.min(nextInMs ?? POLL_MS, POLL_MS);
  }

  async #takeAll(id: WebhookId): Promise<void> {
    while (!this.#abort.signal.aborted && this.#underWay.size < MAX_TRIES) {
      const made = await this.options.queue.claim(id);
      if (made === null) return;
      const run = this.#try(made).finally(() => {
        this.#underWay.delete(run);
        this.wake();
      });
      this.#underWay.add(run);
    }
  }

  /** Never rejects. */
  async #try(made: Try): Promise<void> {
    const { sender, queue, log } = this.options;
    const { endpoint, event, body, delivery } = made;
    const now = Date.now();
    const timestamp = Math.floor(now / 1000);
    const headers = {
      "content-type": "application/json",
      "user-agent": `Roomcast/${VERSION} (webhooks)`,
      ...signatureHeaders({ id: event, body, timestamp }, validSecrets(endpoint, now)),
    };
    try {
      const answer = await sender.post(endpoint.url, headers, body);
      const outcome = this.#outcome(made, answer);
      count("roomcast_webhook_tries_total", {
        outcome: outcome.status === "pending" ? "retried" : outcome.status,
      });
      const failingSince = await queue.finish(made, outcome);
      await this.#judge(endpoint, answer, failingSince);
    } catch (err) {
      // The try counts as lost after a while, and is made again.
      log.warn({ err, webhook: endpoint.id, delivery }, "a webhook's try was not recorded");
    }
  }

  #outcome({ attempts }: Try, answer: Answer): Outcome {
    const tries = attempts + 1;
    const { status: code, error, latencyMs, response, retryAfterS } = answer;
    const what = { code, error, latencyMs, response };
    const pause = error === null ? null : pauseMs(tries, this.options.firstMs, retryAfterS);
    if (pause === null) {
      const status = error === null ? "delivered" : "failed";
      return { status, pauseMs: 0, inLine: false, ...what };
    }
    return { status: "pending", pauseMs: pause, inLine: tries < TRIES_IN_LINE, ...what };
  }

  /** Switches an endpoint off that is gone, by its own word or by its silence. */
  async #judge({ id, url }: Endpoint, answer: Answer, failingSince: number | null): Promise<void> {
    const { endpoints, disableAfterMs, log } = this.options;
    const now = Date.now();
    const reason = answer.status === 410
      ? "it answered 410 Gone"
      : failingSince !== null && now - failingSince >= disableAfterMs
      ? `nothing could be delivered since ${new Date(failingSince).toISOString()}: ${answer.error}`
      : null;
    if (reason === null) return;
    const changed = await endpoints.change(id, (endpoint) => ({
      ...endpoint,
      // What an old URL answered says nothing of a new one.
      disabled: endpoint.disabled ?? (endpoint.url === url ? { reason, at: now } : null),
    }));
    if (changed?.disabled) log.warn({ webhook: id, reason }, "webhook switched off");
  }
}
