import type { NodeId, RoomId } from "../../contracts/ids.ts";
import type { LiveMeta, SrtpKey } from "../../contracts/room.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { observe } from "../../platform/metrics.ts";
import { beginSpan, type Span } from "../../platform/trace.ts";
import { LiveStream } from "../../hls/live_stream.ts";
import type { Rounds, Turn } from "../../hls/rounds.ts";
import { ClassicRendition } from "./classic.ts";
import { ffmpegArgs } from "./ffmpeg_args.ts";
import { FfmpegSupervisor } from "./ffmpeg_supervisor.ts";
import { FramePipe } from "./frame_pipe.ts";
import { streamMetrics } from "./mixer_metrics.ts";
import type { StreamHere } from "./plan.ts";
import { sessionDescription } from "./sdp.ts";
import type { MixerStream, StreamOrder, Tuning } from "./stream.ts";

/** What a room's stream needs of its mixer. */
export interface StreamContext {
  readonly ffmpeg: string;
  /** The address RTP is received on. */
  readonly host: string;
  /** Folder of the classic renditions. */
  readonly classicDir: string;
  /** Folder of the pipes on which FFmpeg gives its frames. */
  readonly pipeDir: string;
  readonly silence: Uint8Array<ArrayBuffer>;
  /** Unix time in ms, steady. */
  readonly now: () => number;
  readonly rounds: Rounds;
  readonly log: Log;
  /** The stream began or ceased to give sound: look at the room again. */
  readonly onChange: () => void;
}

/** How often (ms) it is looked whether there is sound. */
const LOOK_MS = 200;
/** Sound missing for this long (ms) is worth telling; a restart of FFmpeg is not. */
const SILENT_MS = 2000;

/**
 * How long (ms) an SRTP stream can be joined in the middle: its sequence numbers roll over after 65 536 packets of 20 ms, and
 * a receiver that was not there cannot know how often they have (RFC 3711 §3.3.1). A minute less, to be safe.
 */
const ROLLOVER_MS = 65_536 * 20 - 60_000;

/** One broadcast on this mixer: its port, its FFmpeg, its playlists. */
export class RoomStream implements MixerStream {
  readonly roomId: RoomId;
  readonly livemeta: LiveMeta;
  readonly live: LiveStream;
  readonly #turn: Turn;
  #ffmpeg: FfmpegSupervisor;
  #port: number;
  #janusId: NodeId;
  #portTaken = false;
  #formerRestarts = 0;
  #sounded = false;
  #flowedAt: number;
  #silent = false;
  readonly #onAir: Span;
  readonly #metrics: Running;
  #srtp: SrtpKey | undefined;
  #keySpent = false;
  /** When the port and the key were taken, in ms that never step. */
  #tunedAt = performance.now();
  ssrc: number | null = null;

  private constructor(
    order: StreamOrder,
    private readonly context: StreamContext,
    readonly classic: ClassicRendition,
    private readonly pipe: FramePipe,
  ) {
    const { roomId, livemeta, port } = order;
    this.roomId = roomId;
    this.livemeta = livemeta;
    this.#port = port;
    this.#srtp = order.srtp;
    this.#janusId = livemeta.janusId;
    this.#onAir = beginSpan("mixer.on_air", { parent: livemeta.traceparent });
    this.live = new LiveStream({
      live: livemeta,
      silence: context.silence,
      now: context.now,
      rounds: context.rounds,
      source: () => this.#ffmpeg.read(),
      onSound: () => {
        this.#sounded = true;
        this.#onAir.end();
        context.onChange();
      },
      onPart: (lateMs) => observe("roomcast_part_lateness_seconds", {}, lateMs / 1000),
    });
    this.#ffmpeg = this.#supervise({ ...order, traceparent: livemeta.traceparent });
    this.#metrics = streamMetrics(this.live);
    this.#flowedAt = context.now();
    this.#turn = context.rounds.add(() => this.#look());
  }

  /** Starts the stream of a broadcast on a port. */
  static async begin(order: StreamOrder, context: StreamContext): Promise<RoomStream> {
    const { liveId, epoch } = order.livemeta;
    const [classic, pipe] = await Promise.all([
      ClassicRendition.create(context.classicDir, order.livemeta, context.log),
      FramePipe.create(`${context.pipeDir}/${liveId}-${epoch}`),
    ]);
    return new RoomStream(order, context, classic, pipe);
  }

  get here(): StreamHere {
    return {
      liveId: this.livemeta.liveId,
      port: this.#port,
      janusId: this.#janusId,
      ...(this.#srtp === undefined ? {} : { srtp: this.#srtp }),
      portTaken: this.#portTaken,
      keySpent: this.#keySpent,
      flowing: !this.#silent,
      sounded: this.#sounded,
      ssrc: this.ssrc,
    };
  }

  get ffmpegPid(): number | null {
    return this.#ffmpeg.pid;
  }

  get ffmpegRestarts(): number {
    return this.#formerRestarts + this.#ffmpeg.restarts;
  }

  /** The pipe's path. */
  get pipePath(): string {
    return this.pipe.path;
  }

  renew(): void {
    this.#ffmpeg.renew();
  }

  async retune(tuning: Tuning): Promise<void> {
    await this.#ffmpeg.stop();
    this.#formerRestarts += this.#ffmpeg.restarts;
    this.#port = tuning.port;
    this.#srtp = tuning.srtp;
    this.#portTaken = false;
    this.#keySpent = false;
    this.#tunedAt = performance.now();
    this.#janusId = tuning.janusId;
    this.ssrc = null;
    this.#ffmpeg = this.#supervise(tuning);
  }

  async end(): Promise<void> {
    this.live.end();
    this.classic.end();
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#turn.end();
    this.live.stop();
    await this.#ffmpeg.stop();
    this.#onAir.end();
    await this.#metrics.stop();
    await this.pipe.remove();
  }

  remove(): Promise<void> {
    return this.classic.remove();
  }

  #supervise({ port, from, srtp, traceparent }: Omit<Tuning, "janusId">): FfmpegSupervisor {
    const { context, pipe } = this;
    return new FfmpegSupervisor({
      ffmpeg: context.ffmpeg,
      args: () => ffmpegArgs(context.host, pipe.path, this.classic.output),
      sdp: sessionDescription({
        ...{ host: context.host, port, from },
        ...(srtp === undefined ? {} : { srtp }),
      }),
      port,
      pipe,
      onSource: () => this.live.newSource(),
      onLost: () => this.live.sourceLost(),
      onPortTaken: () => {
        this.#portTaken = true;
        context.onChange();
      },
      onFailed: () => {
        this.#keySpent = srtp !== undefined && performance.now() - this.#tunedAt > ROLLOVER_MS;
        if (this.#keySpent) context.onChange();
      },
      rounds: context.rounds,
      traceparent,
      log: context.log,
    });
  }

  #look(): number {
    const { now, onChange } = this.context;
    if (this.live.flowing) this.#flowedAt = now();
    const wasSilent = this.#silent;
    this.#silent = now() - this.#flowedAt > SILENT_MS;
    if (this.#sounded && wasSilent !== this.#silent) onChange();
    return LOOK_MS;
  }
}
