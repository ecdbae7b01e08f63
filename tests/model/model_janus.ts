import {
  type AudioBridge,
  AUDIOBRIDGE_ERRORS,
  type ForwarderInfo,
  type JanusConnection,
  JanusError,
} from "../../src/platform/janus/types.ts";

/** A request takes up to this long (ms) there, or back. */
const TRAVEL_MS = 6;

export interface ModelJanusOptions {
  readonly id: string;
  readonly random: () => number;
  /** A forwarder was added. */
  readonly onForward: () => void;
}

/** A Janus as the Janus manager meets it: its AudioBridge rooms and their forwarders, and the ways in which it fails. */
export class ModelJanus {
  /** What each room forwards to. */
  readonly rooms = new Map<string, Map<number, ForwarderInfo>>();
  readonly #connections = new Map<PromiseWithResolvers<Error>, () => boolean>();
  #faults: ("lost" | "unheard")[] = [];
  #lastStreamId = 0;
  #up = true;

  constructor(private readonly options: ModelJanusOptions) {}

  get up(): boolean {
    return this.#up;
  }

  /** It dies, and all it had with it. */
  kill(): void {
    this.#up = false;
    this.rooms.clear();
    for (const broken of this.#connections.keys()) broken.resolve(new Error("The socket closed"));
    this.#connections.clear();
  }

  boot(): void {
    this.#up = true;
    this.#faults = [];
  }

  /** The next requests fail: before Janus heard them, or after it did what was asked. */
  fail(...faults: ("lost" | "unheard")[]): void {
    this.#faults.push(...faults);
  }

  /** @param alive Whether the process that connects is alive. */
  async connect(alive: () => boolean): Promise<JanusConnection> {
    await this.#travel(alive);
    if (!this.#up) throw new JanusError("Cannot connect: connection refused", null);
    const broken = Promise.withResolvers<Error>();
    this.#connections.set(broken, alive);
    return {
      broken: broken.promise,
      bridge: () => Promise.resolve(this.#bridge(broken, alive)),
      seat: () => Promise.reject(new JanusError("Nobody takes a seat here", null)),
      claim: () => Promise.reject(new JanusError("Nobody takes a seat here", null)),
      stop: () => Promise.resolve(void this.#connections.delete(broken)),
    };
  }

  #bridge(connection: PromiseWithResolvers<Error>, alive: () => boolean): AudioBridge {
    const ask = <T>(act: () => T) => this.#ask(connection, alive, act);
    const well = () => alive() && this.#connections.has(connection);
    return {
      // At once while all is well: it is asked ever again to know just that.
      listRooms: () => {
        const list = () => [...this.rooms.keys()];
        return well() ? Promise.resolve(list()) : ask(list);
      },
      ensureRoom: (room) =>
        ask(() => {
          if (!this.rooms.has(room)) this.rooms.set(room, new Map());
        }),
      destroyRoom: (room) => ask(() => void this.rooms.delete(room)),
      listForwarders: (room) => ask(() => [...this.#room(room).values()]),
      forward: (room, to) =>
        ask(() => {
          const added = { ...to, streamId: ++this.#lastStreamId };
          this.#room(room).set(added.streamId, added);
          this.options.onForward();
          return added;
        }),
      stopForwarder: (room, streamId) => ask(() => void this.#room(room).delete(streamId)),
      stop: () => Promise.resolve(),
    };
  }

  #room(room: string): Map<number, ForwarderInfo> {
    const found = this.rooms.get(room);
    if (found) return found;
    throw new JanusError(`No such room (${room})`, AUDIOBRIDGE_ERRORS.noSuchRoom);
  }

  async #ask<T>(
    connection: PromiseWithResolvers<Error>,
    alive: () => boolean,
    act: () => T,
  ): Promise<T> {
    await this.#travel(alive);
    if (!this.#connections.has(connection)) throw new JanusError("The connection is closed", null);
    const fault = this.#faults.shift();
    const answer = fault === "lost" ? undefined : act();
    if (answer === undefined && fault === "lost" || fault === "unheard") {
      throw new JanusError("Janus did not answer in time", null);
    }
    return answer as T;
  }

  async #travel(alive: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, this.options.random() * TRAVEL_MS);
    });
    if (!alive()) await new Promise(() => {});
  }
}
