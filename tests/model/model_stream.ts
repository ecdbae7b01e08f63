import type { LiveMeta } from "../../src/contracts/room.ts";
import type { MixerStream, StreamOrder, Tuning } from "../../src/media/mixer/stream.ts";
import type { StreamHere } from "../../src/media/mixer/plan.ts";
import type { Listener, Network } from "./network.ts";

/** A new FFmpeg's first frame is there after so many ms. */
const FIRST_FRAME_MS = 200;
/** An FFmpeg that gave frames and gives none for this long (ms) is made anew, and hears whoever sends then. */
const STALL_MS = 2000;
/** An FFmpeg that gave no frame yet is left in peace for this long (ms). */
const START_LIMIT_MS = 15_000;
/** Sound missing for this long (ms) is told. */
const SILENT_MS = 2000;

export interface ModelStreamOptions {
  readonly network: Network;
  readonly mixerId: string;
  readonly host: string;
  /** Whether the process it is in is alive. */
  readonly alive: () => boolean;
  /** The stream began or ceased to give sound. */
  readonly onChange: () => void;
  /** The broadcast was ended for its listeners. */
  readonly onEnd: (liveId: string) => void;
}

/** A broadcast on a mixer with an FFmpeg that listens on a port of the model's network, and hears one forwarder only. */
export class ModelStream implements MixerStream {
  ssrc: number | null = null;
  #listener: Listener;
  #janusId: string;
  /** The forwarder whose packets FFmpeg heard first: it hears no other. */
  #heard: number | null = null;
  #sounded = false;
  #flowing = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stall: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(
    private readonly order: StreamOrder,
    private readonly options: ModelStreamOptions,
  ) {
    this.#janusId = order.livemeta.janusId;
    this.#listener = this.#listen(order);
  }

  get roomId(): string {
    return this.order.roomId;
  }

  get livemeta(): LiveMeta {
    return this.order.livemeta;
  }

  get here(): StreamHere {
    return {
      liveId: this.order.livemeta.liveId,
      port: this.#listener.port,
      janusId: this.#janusId,
      flowing: this.#flowing,
      sounded: this.#sounded,
      ssrc: this.ssrc,
    };
  }

  /** Whether the sound of its room comes in. */
  get hearing(): boolean {
    return this.options.network.traffic(this.#listener)
      .some(({ ssrc }) => this.#heard === null || ssrc === this.#heard);
  }

  renew(): void {
    this.#heard = null;
    this.#look();
  }

  async retune({ port, from, janusId }: Tuning): Promise<void> {
    this.options.network.close(this.#listener);
    await pause(5);
    this.#heard = null;
    this.#janusId = janusId;
    this.ssrc = null;
    if (!this.#over && this.options.alive()) this.#listener = this.#listen({ port, from });
  }

  async end(): Promise<void> {
    if (this.options.alive()) this.options.onEnd(this.order.livemeta.liveId);
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#stall);
    await pause(5);
    this.options.network.close(this.#listener);
  }

  remove(): Promise<void> {
    return Promise.resolve();
  }

  #listen({ port, from }: Pick<StreamOrder, "port" | "from">): Listener {
    const { network, mixerId, host } = this.options;
    const { roomId } = this.order;
    const onTraffic = () => this.#look();
    const listener: Listener = { roomId, mixerId, host, port, from, onTraffic };
    this.#listener = listener;
    network.open(listener);
    return listener;
  }

  /** FFmpeg hears the first forwarder that comes; that sound came or ceased is told a while later. */
  #look(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#stall);
    if (this.#over || !this.options.alive()) return;
    const [first] = this.options.network.traffic(this.#listener);
    this.#heard ??= first?.ssrc ?? null;
    const { hearing } = this;
    if (!hearing && this.#heard !== null) {
      this.#stall = setTimeout(() => this.renew(), this.#sounded ? STALL_MS : START_LIMIT_MS);
    }
    if (this.#sounded ? hearing === this.#flowing : !hearing) return;
    this.#timer = setTimeout(() => {
      this.#sounded ||= hearing;
      this.#flowing = hearing;
      this.options.onChange();
    }, hearing ? FIRST_FRAME_MS : SILENT_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
