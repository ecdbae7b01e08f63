// @ts-types="./janode.d.ts"
import Janode from "janode";
import type { JanodeConnection, JanodeSession } from "./janode.d.ts";
import { HandleBridge } from "./bridge.ts";
import { adoptSession } from "./claimed_session.ts";
import { limited, toJanusError } from "./errors.ts";
import { PluginHandle } from "./plugin_handle.ts";
import { watchPulse } from "./pulse.ts";
import { HandleSeat } from "./seat.ts";
import type {
  JanusConnection,
  JanusConnector,
  JanusError,
  JanusOptions,
  SeatEvents,
  SeatPlace,
} from "./types.ts";

const AUDIOBRIDGE = { id: "janus.plugin.audiobridge", Handle: PluginHandle };

/** Seconds between janode's own keepalives of the connection's session; see pulse.ts for how a freeze is found. */
const PULSE_S = 20;
/**
 * Seconds between keepalives of a seat's session. Janus keeps one whose connection broke for reclaim_session_timeout
 * (45 s) after the last of them: so at least 35 s are left to claim it, whenever a gateway dies.
 */
const SEAT_KEEPALIVE_S = 10;
/** How long (ms) Janus may take to hand a session over. */
const CLAIM_LIMIT_MS = 2000;
/** How long (ms) a farewell may take: Janus cleans up by itself after a while. */
const FAREWELL_MS = 1000;
/** How long (ms) Janus may take to let us in: one that hangs takes sockets and says nothing. */
const CONNECT_LIMIT_MS = 2000;

// janode would write its own lines to the console.
Janode.Logger.setLevel("none");

/** {@link JanusConnector} by janode, over WebSocket. */
export const connectJanus: JanusConnector = async (options) => {
  const { url, apiSecret } = options;
  const address = { url, ...(apiSecret === "" ? {} : { apisecret: apiSecret }) };
  const opening = Janode.connect({ address, max_retries: 0 });
  let connection: JanodeConnection;
  try {
    connection = await limited(
      `reach Janus at ${new URL(url).host}`,
      opening,
      CONNECT_LIMIT_MS,
    );
  } catch (cause) {
    opening.then((late) => late.close()).catch(() => {});
    throw cause;
  }
  try {
    const pulse = await limited(
      "open a Janus session",
      connection.create(PULSE_S),
      CONNECT_LIMIT_MS,
    );
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
      stopPulse();
      for (const seat of this.#seats) seat.cut("the connection to Janus broke");
      void this.stop();
    };
    const stopPulse = watchPulse(pulse, () => breakWith("it no longer answers"));
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
    try {
      const handle = await limited("attach to the AudioBridge", session.attach(AUDIOBRIDGE));
      this.#assertWhole();
      return this.#seatOf(session, handle, events);
    } catch (cause) {
      void destroy(session);
      throw cause;
    }
  }

  async claim(place: SeatPlace, events: SeatEvents): Promise<HandleSeat> {
    this.#assertWhole();
    const { session, handle } = adoptSession(this.connection, this.pulse, place, SEAT_KEEPALIVE_S);
    const seat = this.#seatOf(session, handle, events);
    try {
      await limited("claim a session", session.sendRequest({ janus: "claim" }), CLAIM_LIMIT_MS);
      await seat.resume(place);
      this.#assertWhole();
      return seat;
    } catch (cause) {
      seat.abandon();
      throw cause;
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= limited("close", this.connection.close(), FAREWELL_MS).catch(() => {});
    return this.#stopping;
  }

  #seatOf(session: JanodeSession, handle: PluginHandle, events: SeatEvents): HandleSeat {
    const seat: HandleSeat = new HandleSeat(handle, events, {
      leave: async () => {
        this.#seats.delete(seat);
        await destroy(session);
      },
      forget: () => {
        this.#seats.delete(seat);
        session._signalDestroy();
      },
    });
    this.#seats.add(seat);
    return seat;
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

/** Gives a session back. Never rejects. */
async function destroy(session: JanodeSession): Promise<void> {
  await limited("leave", session.destroy(), FAREWELL_MS).catch(() => {});
}
