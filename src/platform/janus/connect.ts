// @ts-types="./janode.d.ts"
import Janode from "janode";
import type { JanodeConnection, JanodeSession } from "./janode.d.ts";
import { HandleBridge } from "./bridge.ts";
import { limited, toJanusError } from "./errors.ts";
import { PluginHandle } from "./plugin_handle.ts";
import { HandleSeat } from "./seat.ts";
import type {
  JanusConnection,
  JanusConnector,
  JanusError,
  JanusOptions,
  SeatEvents,
} from "./types.ts";

const AUDIOBRIDGE = { id: "janus.plugin.audiobridge", Handle: PluginHandle };

/**
 * Seconds between keepalives of the connection's own session. An unanswered one ends the session after half of
 * it, so a frozen Janus, which closes nothing, is found within 6 s.
 */
const PULSE_S = 4;
/** Seconds between keepalives of a seat's session; Janus gives a silent one up after 60. */
const SEAT_KEEPALIVE_S = 20;
/** How long (ms) a farewell may take: Janus cleans up by itself when the WebSocket closes. */
const FAREWELL_MS = 1000;

// janode would write its own lines to the console.
Janode.Logger.setLevel("none");

/** {@link JanusConnector} by janode, over WebSocket. */
export const connectJanus: JanusConnector = async (options) => {
  const { url, apiSecret } = options;
  const address = { url, ...(apiSecret === "" ? {} : { apisecret: apiSecret }) };
  const opening = Janode.connect({ address, max_retries: 0 });
  let connection: JanodeConnection;
  try {
    connection = await limited(`reach Janus at ${new URL(url).host}`, opening);
  } catch (cause) {
    opening.then((late) => late.close()).catch(() => {});
    throw cause;
  }
  try {
    const pulse = await limited("open a Janus session", connection.create(PULSE_S));
    return new JanodeJanusConnection(connection, pulse, options);
  } catch (cause) {
    connection.close().catch(() => {});
    throw cause;
  }
};

class JanodeJanusConnection implements JanusConnection {
  readonly broken: Promise<Error>;
  readonly #seats = new Set<HandleSeat>();
  #brokenBy: JanusError | undefined;
  #stopping: Promise<void> | undefined;

  constructor(
    private readonly connection: JanodeConnection,
    private readonly pulse: JanodeSession,
    private readonly options: JanusOptions,
  ) {
    const broken = Promise.withResolvers<Error>();
    this.broken = broken.promise;
    const breakWith = (cause: unknown) => {
      if (this.#brokenBy !== undefined) return;
      this.#brokenBy = toJanusError(cause, "go on talking to Janus");
      broken.resolve(this.#brokenBy);
      // A frozen Janus leaves the socket open for long: the seats must not wait for it to close.
      for (const seat of this.#seats) seat.lost("the connection to Janus broke");
      void this.stop();
    };
    connection.once("connection_error", breakWith);
    connection.once("connection_closed", () => breakWith("the connection was closed"));
    pulse.once("session_destroyed", () => breakWith("it no longer answers"));
  }

  async bridge(): Promise<HandleBridge> {
    this.#assertWhole();
    const handle = await limited("attach to the AudioBridge", this.pulse.attach(AUDIOBRIDGE));
    const { adminKey = "", rtpParticipants = false } = this.options;
    const admin = adminKey === "" ? {} : { admin_key: adminKey };
    return new HandleBridge(handle, admin, rtpParticipants, async () => {
      await handle.sendRequest({ janus: "detach" }, FAREWELL_MS).catch(() => {});
    });
  }

  async seat(events: SeatEvents): Promise<HandleSeat> {
    this.#assertWhole();
    const session = await this.#openSession();
    const leave = () => limited("leave", session.destroy(), FAREWELL_MS).catch(() => {});
    try {
      const handle = await limited("attach to the AudioBridge", session.attach(AUDIOBRIDGE));
      this.#assertWhole();
      const seat: HandleSeat = new HandleSeat(handle, events, async () => {
        this.#seats.delete(seat);
        await leave();
      });
      this.#seats.add(seat);
      return seat;
    } catch (cause) {
      void leave();
      throw cause;
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= limited("close", this.connection.close(), FAREWELL_MS).catch(() => {});
    return this.#stopping;
  }

  async #openSession(): Promise<JanodeSession> {
    const opening = this.connection.create(SEAT_KEEPALIVE_S);
    try {
      return await limited("open a session", opening);
    } catch (cause) {
      opening.then((late) => late.destroy()).catch(() => {});
      throw cause;
    }
  }

  #assertWhole(): void {
    if (this.#brokenBy !== undefined) throw this.#brokenBy;
  }
}
