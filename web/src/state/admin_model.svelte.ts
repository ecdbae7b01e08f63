import type { AdminNode, AdminRoom, AdminStats } from "../../../src/contracts/admin.ts";
import type { RoomState } from "../../../src/contracts/states.ts";
import { AdminApi, type NodeName, type RoomFilter } from "../client/admin_api.ts";
import type { SeenEvent } from "../client/admin_views.ts";
import { asClientError, type ClientError } from "../client/client_error.ts";
import { EventStream, type StreamState } from "../client/event_stream.ts";
import { auth, http } from "./app.ts";

/** How often (ms) nodes and rooms are looked at while the page is seen, and the figures. */
const POLL_MS = 3000;
const STATS_MS = 5000;
/** How soon (ms) after an event the rest is looked at: what comes together is looked at once. */
const AFTER_EVENT_MS = 250;
/** How many events are kept on the page. */
const MOST_EVENTS = 300;
/** How many rooms are shown at first, and how many more each time. */
const ROOMS_STEP = 25;
/** How much time the charts show. */
export const CHART_MINUTES = 10;

/** Whether this person may see the page. */
export type Access = "checking" | "signed_out" | "not_admin" | "open";

/** All that the admin page shows and does. */
export class AdminModel {
  access = $state<Access>("checking");
  nodes = $state.raw<readonly AdminNode[] | null>(null);
  hold = $state<string | null>(null);
  rooms = $state.raw<readonly AdminRoom[] | null>(null);
  totals = $state.raw<Readonly<Record<RoomState, number>> | null>(null);
  moreRooms = $state(false);
  stats = $state.raw<AdminStats | null>(null);
  statsError = $state.raw<ClientError | null>(null);
  /** The newest first. */
  events = $state.raw<readonly SeenEvent[]>([]);
  stream = $state.raw<StreamState>({ status: "connecting" });
  /** Events were lost between those shown. */
  gap = $state(false);
  /** Why nodes and rooms could not be had at the last try. */
  error = $state.raw<ClientError | null>(null);
  /** When (Unix, ms) nodes and rooms were last had. */
  seenAt = $state<number | null>(null);
  filter = $state.raw<RoomFilter>({ state: null, live: true, search: "" });

  readonly api = new AdminApi(http, auth);
  #limit = ROOMS_STEP;
  #events: EventStream | null = null;
  #timers: ReturnType<typeof setInterval>[] = [];
  #soon: ReturnType<typeof setTimeout> | undefined;
  #round = 0;

  /** Sees whether this person is an admin, and shows the rest if so. */
  async open(): Promise<void> {
    const who = auth.current;
    if (who === null || who.user.role === "guest") {
      this.access = "signed_out";
      return;
    }
    if (who.user.role === "admin") return this.#begin();
    // They may have been made one since they signed in.
    await this.checkAgain();
  }

  /** Asks the server anew who this is. */
  async checkAgain(): Promise<void> {
    this.access = "checking";
    try {
      const { user } = await auth.renew();
      if (user.role === "admin") this.#begin();
      else this.access = "not_admin";
    } catch (thrown) {
      this.error = asClientError(thrown);
      this.access = auth.current === null ? "signed_out" : "not_admin";
    }
  }

  async signIn(login: string, password: string): Promise<void> {
    const { user } = await auth.login(login, password);
    if (user.role === "admin") this.#begin();
    else this.access = "not_admin";
  }

  close(): void {
    this.#events?.close();
    this.#events = null;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    clearTimeout(this.#soon);
  }

  find(change: Partial<RoomFilter>): void {
    this.filter = { ...this.filter, ...change };
    this.#limit = ROOMS_STEP;
    void this.refresh();
  }

  showMore(): void {
    this.#limit += ROOMS_STEP;
    void this.refresh();
  }

  /** @throws ClientError */
  async drain(node: NodeName, deadlineS: number): Promise<void> {
    await this.api.drain(node, deadlineS);
    void this.refresh();
  }

  async undrain(node: NodeName): Promise<void> {
    try {
      await this.api.undrain(node);
    } catch (thrown) {
      this.#failed(asClientError(thrown));
      return;
    }
    void this.refresh();
  }

  /** @throws ClientError */
  async stopRoom(id: string, reason: string): Promise<void> {
    await this.api.stopRoom(id, reason);
    void this.refresh();
  }

  /** Looks at nodes and rooms now. */
  async refresh(): Promise<void> {
    const round = ++this.#round;
    try {
      const [nodes, rooms] = await Promise.all([
        this.api.nodes(),
        this.api.rooms(this.filter, Math.min(this.#limit, 100)),
      ]);
      // An answer to an older question may come last.
      if (round !== this.#round) return;
      this.nodes = nodes.nodes;
      this.hold = nodes.hold;
      this.rooms = rooms.rooms;
      this.totals = rooms.totals;
      this.moreRooms = rooms.nextCursor !== null && this.#limit < 100;
      this.error = null;
      this.seenAt = Date.now();
    } catch (thrown) {
      if (round === this.#round) this.#failed(asClientError(thrown));
    }
  }

  #begin(): void {
    this.close();
    this.error = null;
    this.access = "open";
    void this.refresh();
    void this.#figures();
    this.#timers = [
      setInterval(() => document.hidden || void this.refresh(), POLL_MS),
      setInterval(() => document.hidden || void this.#figures(), STATS_MS),
    ];
    this.#events = new EventStream({
      url: "/api/admin/events",
      tokens: auth,
      onEvents: (events) => this.#took(events),
      onGap: () => this.gap = true,
      onState: (state) => {
        this.stream = state;
        if (state.status === "refused") this.#failed(state.error);
      },
    });
  }

  #took(events: readonly SeenEvent[]): void {
    const known = new Set(this.events.map(({ id }) => id));
    const news = events.filter(({ id }) => !known.has(id)).toReversed();
    this.events = [...news, ...this.events].slice(0, MOST_EVENTS);
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.refresh(), AFTER_EVENT_MS);
  }

  async #figures(): Promise<void> {
    try {
      this.stats = await this.api.stats(CHART_MINUTES);
      this.statsError = null;
    } catch (thrown) {
      this.statsError = asClientError(thrown);
    }
  }

  #failed(error: ClientError): void {
    this.error = error;
    if (error.code !== "forbidden" && error.code !== "unauthorized") return;
    this.access = error.code === "forbidden" ? "not_admin" : "signed_out";
    this.close();
  }
}
