import type { RoomId } from "../../contracts/ids.ts";
import type { LiveMeta } from "../../contracts/room.ts";
import type { Log } from "../../platform/log.ts";
import { LiveStream } from "../../hls/live_stream.ts";
import type { Rounds, Turn } from "../../hls/rounds.ts";
import { ClassicRendition } from "./classic.ts";
import { ffmpegArgs } from "./ffmpeg_args.ts";
import { FfmpegSupervisor } from "./ffmpeg_supervisor.ts";
import { FramePipe } from "./frame_pipe.ts";
import type { StreamHere } from "./plan.ts";
import { sessionDescription } from "./sdp.ts";

/** What every room's stream on this mixer shares. */
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

/** One broadcast on this mixer: its port, its FFmpeg, its playlists. */
export class RoomStream {
  readonly live: LiveStream;
  readonly classic: ClassicRendition;
  readonly #ffmpeg: FfmpegSupervisor;
  readonly #pipe: FramePipe;
  readonly #turn: Turn;
  #sounded = false;
  #flowedAt: number;
  #silent = false;
  /** The SSRC of the forwarder FFmpeg serves, once one was told. */
  ssrc: number | null = null;

  private constructor(
    readonly roomId: RoomId,
    readonly livemeta: LiveMeta,
    readonly port: number,
    context: StreamContext,
    /** The one address RTP is taken from, or null. */
    from: string | null,
    classic: ClassicRendition,
    pipe: FramePipe,
  ) {
    this.#pipe = pipe;
    this.classic = classic;
    this.live = new LiveStream({
      live: livemeta,
      silence: context.silence,
      now: context.now,
      rounds: context.rounds,
      source: () => this.#ffmpeg.read(),
      onSound: () => {
        this.#sounded = true;
        context.onChange();
      },
    });
    this.#ffmpeg = new FfmpegSupervisor({
      ffmpeg: context.ffmpeg,
      args: () => ffmpegArgs(context.host, pipe.path, classic.output),
      sdp: sessionDescription({ host: context.host, port, from }),
      port,
      pipe,
      onSource: () => this.live.newSource(),
      onLost: () => this.live.sourceLost(),
      rounds: context.rounds,
      log: context.log,
    });
    this.#flowedAt = context.now();
    this.#turn = context.rounds.add(() => this.#look(context));
  }

  /** Starts the stream of a broadcast on a port. */
  static async begin(
    roomId: RoomId,
    livemeta: LiveMeta,
    port: number,
    from: string | null,
    context: StreamContext,
  ): Promise<RoomStream> {
    const [classic, pipe] = await Promise.all([
      ClassicRendition.create(context.classicDir, livemeta),
      FramePipe.create(`${context.pipeDir}/${livemeta.liveId}-${livemeta.epoch}`),
    ]);
    return new RoomStream(roomId, livemeta, port, context, from, classic, pipe);
  }

  /** The stream as the planner sees it. */
  get here(): StreamHere {
    return {
      liveId: this.livemeta.liveId,
      port: this.port,
      flowing: !this.#silent,
      sounded: this.#sounded,
      ssrc: this.ssrc,
    };
  }

  get ffmpegPid(): number | null {
    return this.#ffmpeg.pid;
  }

  get ffmpegRestarts(): number {
    return this.#ffmpeg.restarts;
  }

  /** Makes FFmpeg anew for a new forwarder. */
  renew(): void {
    this.#ffmpeg.renew();
  }

  /** Ends the broadcast: playlists end, FFmpeg is gone when this resolves. What was made can still be fetched. */
  async end(): Promise<void> {
    this.live.end();
    this.classic.end();
    await this.stop();
  }

  /** Lets go of the broadcast without ending it for its listeners: this mixer stops, the room does not. */
  async stop(): Promise<void> {
    this.#turn.end();
    this.live.stop();
    await this.#ffmpeg.stop();
    await this.#pipe.remove();
  }

  #look({ now, onChange }: StreamContext): number {
    if (this.live.flowing) this.#flowedAt = now();
    const wasSilent = this.#silent;
    this.#silent = now() - this.#flowedAt > SILENT_MS;
    if (this.#sounded && wasSilent !== this.#silent) onChange();
    return LOOK_MS;
  }
}
