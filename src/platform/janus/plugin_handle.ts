// @ts-types="./janode_handle.d.ts"
import Handle from "janode/handle";
import type { z } from "zod";
import { observe } from "../metrics.ts";
import { REQUEST_LIMIT_MS, toJanusError } from "./errors.ts";
import { PluginAnswer, PluginMessage } from "./messages.ts";
import { JanusError } from "./types.ts";

/**
 * A handle of the AudioBridge that speaks its JSON as it is. janode's own class drops what we need (the SSRC of a
 * forwarder) and mixes up requests (`muteRoom` sends `unmute_room`).
 */
export class PluginHandle extends Handle {
  /** Takes what the AudioBridge says unasked. */
  onEvent: (data: PluginAnswer["data"]) => void = () => {};

  /**
   * Sends a request and waits for its answer.
   *
   * @throws JanusError with the AudioBridge's error code, or null when no valid answer came in time.
   */
  async ask<S extends z.ZodType>(
    body: { readonly request: string } & Readonly<Record<string, unknown>>,
    schema: S,
    offer?: string,
  ): Promise<z.output<S>> {
    return (await this.#send(body, schema, offer)).data;
  }

  /** As {@link ask}, with an SDP offer; the answer must hold an SDP too. */
  async negotiate<S extends z.ZodType>(
    body: { readonly request: string } & Readonly<Record<string, unknown>>,
    schema: S,
    offer: string,
  ): Promise<{ data: z.output<S>; sdp: string }> {
    const { data, sdp } = await this.#send(body, schema, offer);
    if (sdp === undefined) {
      throw new JanusError(`Cannot ${body.request}: Janus gave no SDP answer`, null);
    }
    return { data, sdp };
  }

  async #send<S extends z.ZodType>(
    body: { readonly request: string },
    schema: S,
    offer: string | undefined,
  ): Promise<{ data: z.output<S>; sdp: string | undefined }> {
    const tried = body.request.replaceAll("_", " ");
    const startedAt = performance.now();
    const done = (outcome: "ok" | "failed") => {
      const seconds = (performance.now() - startedAt) / 1000;
      observe("roomcast_janus_request_seconds", { request: body.request, outcome }, seconds);
    };
    try {
      const answer = PluginAnswer.parse(
        await this.sendRequest({
          janus: "message",
          body,
          ...(offer === undefined ? {} : { jsep: { type: "offer", sdp: offer } }),
        }, REQUEST_LIMIT_MS),
      );
      const data = schema.parse(answer.data);
      done("ok");
      return { data, sdp: answer.jsep?.sdp };
    } catch (cause) {
      done("failed");
      throw toJanusError(cause, tried);
    }
  }

  /** Sends one ICE candidate, or several. @throws JanusError */
  async sendCandidate(candidate: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      await this.sendRequest({ janus: "trickle", candidate }, REQUEST_LIMIT_MS);
    } catch (cause) {
      throw toJanusError(cause, "trickle");
    }
  }

  override handleMessage(message: unknown): boolean {
    const parsed = PluginMessage.safeParse(message);
    if (!parsed.success) return false;
    const { transaction, plugindata: { data }, jsep } = parsed.data;
    if (transaction === undefined || !this.ownsTransaction(transaction)) {
      this.onEvent(data);
    } else if (data.error_code !== undefined) {
      const reason = data.error ?? "the AudioBridge refused";
      this.closeTransactionWithError(transaction, new JanusError(reason, data.error_code));
    } else {
      this.closeTransactionWithSuccess(transaction, { data, jsep });
    }
    return true;
  }
}
