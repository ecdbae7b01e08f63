import type { Running } from "../../../src/platform/lifecycle.ts";
import type { RtpOrder } from "./rtp_messages.ts";

/** Sends the voices of many speakers from a thread of its own. */
export class RtpSender implements Running {
  readonly #worker = new Worker(new URL("./rtp_sender.worker.ts", import.meta.url), {
    type: "module",
  });

  tell(order: RtpOrder): void {
    this.#worker.postMessage(order);
  }

  stop(): Promise<void> {
    this.#worker.terminate();
    return Promise.resolve();
  }
}
