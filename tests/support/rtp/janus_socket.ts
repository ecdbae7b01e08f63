import { z } from "zod";

const Answer = z.object({
  janus: z.string(),
  transaction: z.string().optional(),
  data: z.object({ id: z.number() }).optional(),
  error: z.object({ reason: z.string() }).optional(),
  plugindata: z.object({ data: z.record(z.string(), z.unknown()) }).optional(),
});
type Answer = z.infer<typeof Answer>;

/** How long (ms) an answer may take. */
const LIMIT_MS = 3000;

/** One session and handle on a Janus's AudioBridge, over its WebSocket API, as a program of somebody else's has them. */
export class JanusSocket {
  /** Resolves with the reason when the session or the room is gone; never rejects. */
  readonly gone: Promise<string>;
  readonly #gone = Promise.withResolvers<string>();
  readonly #waiting = new Map<
    string,
    { readonly resolve: (answer: Answer) => void; readonly acked: boolean }
  >();
  #ids: { session_id?: number; handle_id?: number } = {};
  #pulse: ReturnType<typeof setInterval> | undefined;

  private constructor(private readonly socket: WebSocket, private readonly secret: string) {
    this.gone = this.#gone.promise;
    socket.onclose = () => this.#end("the socket closed");
    socket.onerror = () => this.#end("the socket broke");
    socket.onmessage = ({ data }) => this.#heard(Answer.parse(JSON.parse(String(data))));
  }

  /** @throws Error when Janus does not answer. */
  static async open(url: string, secret: string): Promise<JanusSocket> {
    const socket = new WebSocket(url, "janus-protocol");
    const janus = new JanusSocket(socket, secret);
    try {
      await limited(
        Promise.race([
          new Promise<void>((resolve) => socket.onopen = () => resolve()),
          janus.gone.then((why) => Promise.reject(new Error(why))),
        ]),
      );
      const session = await janus.#ask({ janus: "create" });
      janus.#ids = { session_id: session.data?.id ?? 0 };
      const handle = await janus.#ask({ janus: "attach", plugin: "janus.plugin.audiobridge" });
      janus.#ids = { ...janus.#ids, handle_id: handle.data?.id ?? 0 };
    } catch (err) {
      janus.close();
      throw err;
    }
    janus.#pulse = setInterval(() => {
      janus.#ask({ janus: "keepalive" }).catch((err) => janus.#end(String(err)));
    }, LIMIT_MS);
    return janus;
  }

  /** Asks the AudioBridge. @throws Error with what it refuses, or when it does not answer. */
  async request(body: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const { plugindata } = await this.#ask({ janus: "message", body });
    const data = plugindata?.data ?? {};
    if (data.error !== undefined) throw new Error(String(data.error));
    return data;
  }

  close(): void {
    this.#end("we left");
  }

  async #ask(message: Readonly<Record<string, unknown>>): Promise<Answer> {
    const transaction = crypto.randomUUID();
    const answer = Promise.withResolvers<Answer>();
    const acked = message.janus === "keepalive";
    this.#waiting.set(transaction, { resolve: answer.resolve, acked });
    try {
      const ids = acked ? { session_id: this.#ids.session_id } : this.#ids;
      this.socket.send(JSON.stringify({ ...ids, ...message, transaction, apisecret: this.secret }));
      const heard = await limited(
        Promise.race([
          answer.promise,
          this.gone.then((why) => Promise.reject(new Error(why))),
        ]),
      );
      if (heard.error) throw new Error(heard.error.reason);
      return heard;
    } finally {
      this.#waiting.delete(transaction);
    }
  }

  #heard(answer: Answer): void {
    const waiting = this.#waiting.get(answer.transaction ?? "");
    // A request to a plugin is acknowledged first and answered later; a keepalive has nothing but that.
    if (waiting && (answer.janus !== "ack" || waiting.acked)) waiting.resolve(answer);
    if (waiting) return;
    const event = answer.plugindata?.data ?? {};
    if (event.audiobridge === "destroyed") this.#end("the room was closed");
    if (["detached", "timeout", "hangup"].includes(answer.janus)) this.#end(answer.janus);
  }

  #end(why: string): void {
    clearInterval(this.#pulse);
    this.#gone.resolve(why);
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close();
  }
}

async function limited<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("Janus did not answer in time")), LIMIT_MS);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
