import { roomOfBridge } from "../../src/contracts/janus.ts";
import { RoomId } from "../../src/contracts/ids.ts";
import { Reconciler } from "../../src/coordination/reconciler.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import { JanusLink } from "../../src/media/janus/janus_link.ts";
import { RoomKeeper } from "../../src/media/janus/room_keeper.ts";
import type { FaultyStore } from "./faulty_store.ts";
import { Heartbeat } from "./heartbeat.ts";
import { ModelJanus } from "./model_janus.ts";
import type { World } from "./world.ts";

const SWEEP_MS = 30_000;

/** One life of a Janus manager: the real parts of its role, wired alike, on the model's world. */
class Life {
  readonly link: FaultyStore;
  readonly rooms: RoomStore;
  readonly #link: JanusLink;
  readonly #heartbeat: Heartbeat;
  readonly #sweep: ReturnType<typeof setInterval>;
  #alive = true;

  constructor(world: World, node: JanusNode) {
    const { log } = world;
    const { id } = node;
    this.link = world.link();
    const rooms = this.rooms = new RoomStore({ store: this.link, log });
    const link = this.#link = new JanusLink({
      connect: () => node.janus.connect(() => this.#alive),
      janus: { url: node.url, apiSecret: "" },
      log,
      onChange: () => void sweep(),
      onHealth: () => this.#heartbeat.refresh(),
    });
    const keeper = new RoomKeeper({ self: id, rooms, janus: link, log });
    const reconciler = new Reconciler({
      reconcile: (key) => keeper.reconcile(RoomId.parse(key)),
      log,
    });
    const sweep = async () => {
      const names = await link.bridge()?.listRooms().catch(() => []) ?? [];
      for (const name of names) {
        const room = roomOfBridge(name);
        if (room === null) continue;
        keeper.found(room);
        reconciler.enqueue(room);
      }
      for (const room of rooms.ids()) reconciler.enqueue(room);
    };
    const startedAt = world.now();
    this.#heartbeat = new Heartbeat(
      world.leases,
      () => ({
        id,
        kind: "janus",
        version: "0",
        url: node.url,
        capacity: 100,
        load: rooms.ids().filter((room) => rooms.get(room).livemeta?.janusId === id).length,
        draining: node.draining,
        unhealthy: link.unhealthy(),
        startedAt,
      }),
      () => !this.link.away,
    );
    rooms.onChange((room) => reconciler.enqueue(room));
    void link.start();
    void rooms.start().then(sweep);
    this.#sweep = setInterval(() => void sweep(), SWEEP_MS);
  }

  /** Writes what the node's key should say now. */
  refresh(): void {
    this.#heartbeat.refresh();
  }

  die(): void {
    this.#alive = false;
    this.link.die();
    this.#heartbeat.stop();
    void this.#link.stop();
    clearInterval(this.#sweep);
  }
}

/** A Janus and the Janus manager beside it. */
export class JanusNode {
  readonly kind = "janus";
  readonly janus: ModelJanus;
  readonly url: string;
  #draining = false;
  #life: Life | null;

  constructor(private readonly world: World, readonly id: string, address: string) {
    this.url = `ws://${address}:8188`;
    this.janus = new ModelJanus({
      id,
      random: world.random,
      onForward: () => world.network.changed(),
    });
    world.network.add(id, address, this.janus);
    this.#life = new Life(world, this);
  }

  get alive(): boolean {
    return this.#life !== null && this.janus.up;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** It says that it wants to be rid of its rooms. */
  drain(): void {
    this.#draining = true;
    this.#life?.refresh();
  }

  get link(): FaultyStore | null {
    return this.#life?.link ?? null;
  }

  /** The machine is gone: Janus and its manager. */
  kill(): void {
    this.killManager();
    this.janus.kill();
    this.world.network.changed();
  }

  /** The manager is gone; Janus goes on. */
  killManager(): void {
    this.#life?.die();
    this.#life = null;
  }

  /** Janus is gone and comes back with nothing; its manager goes on. */
  restartJanus(): void {
    if (!this.janus.up) return;
    this.janus.kill();
    this.world.network.changed();
    setTimeout(() => this.janus.boot(), 800);
  }

  /** What is gone is there again. */
  boot(): void {
    if (!this.janus.up) this.janus.boot();
    this.#life ??= new Life(this.world, this);
    this.#draining = false;
  }
}
