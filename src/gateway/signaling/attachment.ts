import type { Notification, NotificationParams } from "../../contracts/rpc.ts";
import type { Member } from "./member.ts";

/** Tells the page something. */
export type Notify = <N extends Notification>(method: N, params: NotificationParams<N>) => void;

/** One page's hold on a seat, until the seat is gone or another socket of the page has it. */
export class Attachment {
  readonly #ended = Promise.withResolvers<void>();

  constructor(readonly member: Member, readonly notify: Notify) {}

  /** Resolves as soon as it holds no more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  end(): void {
    this.#ended.resolve();
  }
}
