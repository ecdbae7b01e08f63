import { RoomId } from "../../src/contracts/ids.ts";
import { NodeStore } from "../../src/coordination/nodes.ts";
import { Reconciler } from "../../src/coordination/reconciler.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import { Mixer } from "../../src/media/mixer/mixer.ts";
import { QuietPorts } from "../../src/media/mixer/quiet_ports.ts";
import { portsLeft } from "../../src/media/mixer/ports_left.ts";
import type { FaultyStore } from "./faulty_store.ts";
import { Heartbeat } from "./heartbeat.ts";
import { ModelPorts } from "./model_ports.ts";
import { ModelStream } from "./model_stream.ts";
import type { World } from "./world.ts";

/** So few that ports are soon given again. */
const PORTS = { min: 30_000, max: 30_011 };

/** A mixer's ports that nobody else can have. */
export interface PortsInUse {
  readonly leased: ReadonlySet<number>;
  /** Those kept back because the Janus that sent there is away. */
  kept(): number[];
}

/** One life of a mixer: the real parts of its role, wired alike, on the model's world. */
class Life {
  readonly link: FaultyStore;
  mixer: Mixer<ModelStream> | null = null;
  ports: PortsInUse | null = null;
  #heartbeat: Heartbeat | null = null;
  #alive = true;

  constructor(private readonly world: World, private readonly node: MixerNode) {
    this.link = world.link();
    void this.#start();
  }

  /** Writes what the node's key should say now. */
  refresh(): void {
    this.#heartbeat?.refresh();
  }

  die(): void {
    this.#alive = false;
    this.link.die();
    this.#heartbeat?.stop();
  }

  async #start(): Promise<void> {
    const { world, node } = this;
    const { log, network, leases } = world;
    const rooms = new RoomStore({ store: this.link, log });
    const nodes = new NodeStore({ store: this.link, log });
    await Promise.all([rooms.start(), nodes.start()]);
    const inherited = portsLeft(rooms, node.id);
    const pool = new ModelPorts(PORTS.min, PORTS.max, [...inherited.values()]);
    const quiet = new QuietPorts({ pool, nodes });
    const mixer = new Mixer<ModelStream>({
      ...{ mixerId: node.id, ip: node.host, origin: node.url, rooms, nodes, inherited, log },
      pool: quiet,
      begin: async (order) => {
        await new Promise<void>((resolve) => {
          setTimeout(resolve, 5);
        });
        if (!this.#alive) await new Promise(() => {});
        return new ModelStream(order, {
          network,
          mixerId: node.id,
          host: node.host,
          alive: () => this.#alive,
          onChange: () => reconciler.enqueue(order.roomId),
          onEnd: (liveId) => node.onEnd(order.roomId, liveId),
        });
      },
      onLoad: () => this.#heartbeat?.refresh(),
    });
    const reconciler = new Reconciler({
      reconcile: (id) => mixer.reconcile(RoomId.parse(id)),
      log,
    });
    rooms.onChange((id) => reconciler.enqueue(id));
    for (const id of rooms.ids()) reconciler.enqueue(id);
    this.mixer = mixer;
    this.ports = { leased: pool.leased, kept: () => quiet.kept() };
    const startedAt = world.now();
    this.#heartbeat = new Heartbeat(
      leases,
      () => ({
        id: node.id,
        kind: "mixer",
        version: "0",
        url: node.url,
        capacity: 100,
        load: mixer.load,
        draining: node.draining,
        unhealthy: null,
        startedAt,
      }),
      () => !this.link.away,
    );
  }
}

/** A mixer's machine. */
export class MixerNode {
  readonly kind = "mixer";
  readonly url: string;
  #draining = false;
  #life: Life | null;

  /** @param onEnd A broadcast was ended for its listeners. */
  constructor(
    private readonly world: World,
    readonly id: string,
    readonly host: string,
    readonly onEnd: (roomId: RoomId, liveId: string) => void,
  ) {
    this.url = `http://${host}:3001`;
    this.#life = new Life(world, this);
  }

  get alive(): boolean {
    return this.#life !== null;
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

  get mixer(): Mixer<ModelStream> | null {
    return this.#life?.mixer ?? null;
  }

  get ports(): PortsInUse | null {
    return this.#life?.ports ?? null;
  }

  /** The process is gone, and its FFmpegs with it. */
  kill(): void {
    this.#life?.die();
    this.#life = null;
    this.world.network.closeAll(this.host);
  }

  boot(): void {
    this.#life ??= new Life(this.world, this);
    this.#draining = false;
  }
}
