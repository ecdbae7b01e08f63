import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { backoffMs, sleep } from "../../platform/backoff.ts";
import { count } from "../../platform/metrics.ts";
import { beginSpan, failed, type Span } from "../../platform/trace.ts";
import type { Rounds } from "../../hls/rounds.ts";
import { isStuck } from "./ffmpeg_health.ts";
import { FfmpegProcess } from "./ffmpeg_process.ts";
import { FrameCount } from "./frame_count.ts";
import type { FramePipe } from "./frame_pipe.ts";

export interface FfmpegSupervisorOptions {
  readonly ffmpeg: string;
  readonly args: () => readonly string[];
  readonly sdp: string;
  /** The RTP port in the session description. */
  readonly port: number;
  /** Where FFmpeg writes its frames. */
  readonly pipe: FramePipe;
  /** A new FFmpeg was started; its frames follow. */
  readonly onSource: () => void;
  /** FFmpeg is gone, or is given up: no frame of it follows but those in the pipe. */
  readonly onLost: () => void;
  /** FFmpeg cannot have its port, for somebody else has it. */
  readonly onPortTaken: () => void;
  /** FFmpeg failed, and is made anew; not told of one that was renewed. */
  readonly onFailed: () => void;
  readonly rounds: Rounds;
  /** The span that the first FFmpeg's start is part of. */
  readonly traceparent?: string | undefined;
  readonly log: Log;
}

/** How often (ms) FFmpeg is looked at. */
const LOOK_MS = 40;
/** Frames come every 21 ms; this long (ms) without one, and FFmpeg is looked at for being stuck. */
const SUSPECT_MS = 140;
/** This long (ms) without a frame, and it is made anew, stuck or not: it may be deaf to what it gets. */
const STALL_MS = 2000;
/** An FFmpeg that lives this long (ms) without a first frame has hung: one without RTP ends by itself after 10 s. */
const START_LIMIT_MS = 15_000;
/** What FFmpeg says when it cannot bind its RTP or RTCP port (udp.c). */
const PORT_TAKEN = /bind failed: Address already in use/;
/** An FFmpeg that ran this long (ms) with frames has earned a quick restart. */
const PROVEN_MS = 5000;

/**
 * Keeps one FFmpeg running for a room. Its health is frames arriving, never its exit code: when they stop it is
 * killed and made anew, at once the first time, then with growing pauses.
 */
export class FfmpegSupervisor implements Running {
  readonly #abort = new AbortController();
  readonly #loop: Promise<void>;
  #process: FfmpegProcess | undefined;
  #restarts = 0;
  #frames = new FrameCount(performance.now());
  #renew: (() => void) | undefined;
  /** Until the first frame of the first FFmpeg. */
  #awaited: Span | undefined;

  constructor(private readonly options: FfmpegSupervisorOptions) {
    this.#loop = this.#run();
  }

  /** How many times FFmpeg was made anew. */
  get restarts(): number {
    return this.#restarts;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Makes FFmpeg anew now: its forwarder is another one, to which it would not listen. */
  renew(): void {
    this.#renew?.();
  }

  /** The frames that FFmpeg has given since the last read. */
  read(): Uint8Array<ArrayBuffer>[] {
    const frames = this.options.pipe.read();
    if (this.#awaited !== undefined && frames.length > 0) this.#heard();
    this.#frames.add(frames.length, performance.now());
    return frames;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
    if (this.#awaited !== undefined) failed(this.#awaited, "stopped before a frame came");
    this.#heard();
  }

  #heard(): void {
    this.#awaited?.end();
    this.#awaited = undefined;
  }

  /** Starts FFmpeg; of the first, start and first frame are traced. */
  #spawn(): FfmpegProcess {
    const { ffmpeg, args, sdp, port, traceparent: parent } = this.options;
    const make = () => new FfmpegProcess({ ffmpeg, args: args(), sdp });
    if (this.#restarts > 0) return make();
    const span = beginSpan("mixer.start_ffmpeg", { parent, attributes: { port } });
    try {
      const process = make();
      span.setAttribute("pid", process.pid);
      this.#awaited = beginSpan("mixer.first_frame", { parent });
      return process;
    } catch (err) {
      failed(span, err);
      throw err;
    } finally {
      span.end();
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted;) {
      const proven = await this.#runOnce(signal).catch((err) => {
        // Not even started: no memory, no process to be had.
        this.options.log.error({ err }, "FFmpeg could not be run");
        return false;
      });
      if (signal.aborted) return;
      failures = proven ? 0 : failures + 1;
      this.#restarts += 1;
      if (failures > 1) {
        await sleep(backoffMs(failures - 1, { baseMs: 100, maxMs: 2000 }), signal).catch(() => {});
      }
    }
  }

  /** @returns Whether it had worked well before it ended, or was renewed on purpose. */
  async #runOnce(signal: AbortSignal): Promise<boolean> {
    const { port, pipe, log } = this.options;
    const startedAt = performance.now();
    const frames = this.#frames = new FrameCount(startedAt);
    let suspicions = 0;
    pipe.clear();
    const process = this.#spawn();
    this.#process = process;
    this.options.onSource();
    const over = Promise.withResolvers<string>();
    this.#renew = () => over.resolve("renewed");
    void process.ended().then(() => over.resolve("ended"));
    const onAbort = () => over.resolve("stopped");
    signal.addEventListener("abort", onAbort, { once: true });
    let looking = false;
    const suspect = async () => {
      looking = true;
      const seen = frames.count;
      const stuck = await isStuck(process.pid, port);
      looking = false;
      suspicions = stuck && frames.count === seen ? suspicions + 1 : 0;
      if (suspicions > 1) over.resolve("stuck");
    };
    let lookedAt = performance.now();
    const turn = this.options.rounds.add(() => {
      const now = performance.now();
      // A look that is late itself says that this process was busy, not that FFmpeg was silent.
      const onTime = now - lookedAt < 2 * LOOK_MS;
      lookedAt = now;
      const silentMs = now - frames.lastAt;
      if (silentMs < SUSPECT_MS) suspicions = 0;
      if (!onTime || silentMs < SUSPECT_MS) return LOOK_MS;
      if (silentMs > (frames.count > 0 ? STALL_MS : START_LIMIT_MS)) over.resolve("no frames");
      // Once may be the moment before it wakes; one that lacks CPU is not helped by another start.
      if (frames.count > 0 && !looking) void suspect();
      return LOOK_MS;
    });
    const reason = await over.promise;
    turn.end();
    this.options.onLost();
    signal.removeEventListener("abort", onAbort);
    this.#renew = undefined;
    this.#process = undefined;
    await process.kill();
    if (reason !== "stopped") count("roomcast_ffmpeg_restarts_total", { reason });
    const ranMs = Math.round(performance.now() - startedAt);
    if (reason !== "renewed" && reason !== "stopped") {
      log.warn(
        { reason, frames: frames.count, ranMs, said: process.lastWords },
        "FFmpeg stopped; making it anew",
      );
      this.options.onFailed();
    }
    if (reason === "ended" && PORT_TAKEN.test(process.lastWords)) this.options.onPortTaken();
    return reason === "renewed" || (frames.count > 0 && ranMs > PROVEN_MS);
  }
}
