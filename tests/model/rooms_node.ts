import { NodeStore } from "../../src/coordination/nodes.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import { SuspicionStore } from "../../src/coordination/suspicions.ts";
import { PlacementKeeper } from "../../src/control/placement/keeper.ts";
import { isCondemned, Lookout } from "../../src/control/resources/lookout.ts";
import { ResourceManager } from "../../src/control/resources/resource_manager.ts";
import { StorePulse } from "../../src/control/resources/store_pulse.ts";
import { Janitor } from "../../src/control/rooms/janitor.ts";
import { LiveService } from "../../src/control/rooms/live_service.ts";
import { RoomIndex } from "../../src/control/rooms/room_index.ts";
import { RoomService } from "../../src/control/rooms/room_service.ts";
import { RoomWriter } from "../../src/control/rooms/room_writer.ts";
import type { FaultyStore } from "./faulty_store.ts";
import type { World } from "./world.ts";

/** What a Room Manager offers to callers. */
export interface RoomsApi {
  readonly rooms: RoomService;
  readonly live: LiveService;
}

/** One life of a Room Manager: the real parts of its role, wired alike, on the model's world. */
class Life {
  readonly link: FaultyStore;
  readonly #pulse: StorePulse;
  #lookout: Lookout | null = null;
  readonly #stores: { stop(): Promise<void> }[] = [];
  api: RoomsApi | null = null;

  constructor(private readonly world: World) {
    this.link = world.link();
    this.#pulse = new StorePulse({ store: this.link, onBeat: (ms) => this.#lookout?.heard(ms) });
    // Rejects only when it dies before it has read everything.
    this.#start().catch(() => {});
  }

  die(): void {
    this.link.die();
    void this.#pulse.stop();
    for (const store of this.#stores) void store.stop();
    this.api = null;
  }

  async #start(): Promise<void> {
    const { log } = this.world;
    const store = this.link;
    const rooms = new RoomStore({ store, log });
    const nodes = new NodeStore({ store, log });
    const suspicions = new SuspicionStore({ store, log });
    this.#stores.push(rooms, nodes, suspicions);
    const resources = new ResourceManager({
      nodes,
      isCondemned: (kind, id) => isCondemned(suspicions, kind, id),
    });
    await Promise.all([rooms.start(), nodes.start(), suspicions.start()]);
    const index = new RoomIndex(rooms);
    new Janitor({ rooms, nodes, log });
    const writer = new RoomWriter(rooms);
    const silentMs = () => this.#pulse.silentMs;
    const lookout = this.#lookout = new Lookout({ nodes, rooms, suspicions, silentMs, log });
    this.#pulse.start();
    new PlacementKeeper({ rooms, writer, lookout, resources, log });
    this.api = {
      rooms: new RoomService({ rooms, index, writer, nodes, log }),
      live: new LiveService({ writer, nodes, placer: resources, log, partFrames: 10 }),
    };
  }
}

/** A Room Manager's machine. */
export class RoomsNode {
  #life: Life | null;

  constructor(private readonly world: World, readonly id: string) {
    this.#life = new Life(world);
  }

  get alive(): boolean {
    return this.#life !== null;
  }

  get link(): FaultyStore | null {
    return this.#life?.link ?? null;
  }

  /** Null while it is not there, or has not read everything yet. */
  get api(): RoomsApi | null {
    return this.#life?.api ?? null;
  }

  kill(): void {
    this.#life?.die();
    this.#life = null;
  }

  boot(): void {
    this.#life ??= new Life(this.world);
  }
}
