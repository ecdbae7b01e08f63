import type { RoomId } from "../../src/contracts/ids.ts";
import { FRAME_MS } from "../../src/contracts/media_clock.ts";
import { roomKey } from "../../src/contracts/keys.ts";
import type { LiveMeta } from "../../src/contracts/room.ts";
import { LiveStream } from "../../src/hls/live_stream.ts";
import { initSegment } from "../../src/hls/mp4.ts";
import { serveOrigin } from "../../src/media/mixer/origin.ts";
import { observedOf } from "../../src/media/mixer/plan.ts";
import { ENCODING } from "../../src/hls/encoding.ts";
import { SILENCE } from "../../src/hls/silence.ts";
import { createApp } from "../../src/platform/http.ts";
import { silentLog } from "../../src/platform/log.ts";
import type { MixerRig } from "./mixer_rig.ts";

/**
 * A real HLS origin, without RTP and FFmpeg, which counts what it is asked for. Its rooms hear frames of silence all the
 * time: a part without a frame of the source is not from here.
 */
export class CountingOrigin {
  readonly asked: string[] = [];
  readonly #streams = new Map<RoomId, LiveStream>();
  readonly #app = createApp(silentLog());
  #abort = new AbortController();
  #hanging: PromiseWithResolvers<void> | null = null;
  #server: Deno.HttpServer<Deno.NetAddr>;

  /** @param clockMs How much its wall clock is ahead. */
  constructor(
    private readonly rig: MixerRig,
    readonly id = "mixer-1",
    private readonly clockMs = 0,
  ) {
    serveOrigin(this.#app, {
      find: (room) => {
        const live = this.#streams.get(room);
        return live ? { live, classic: NO_CLASSIC } : null;
      },
      initSegment: initSegment(ENCODING),
      bitrate: ENCODING.bitrate,
    });
    this.#server = this.#serve(0);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Starts a room here, and says so in etcd as a mixer does. */
  async start(id: RoomId, change: Partial<LiveMeta> = {}): Promise<LiveMeta> {
    const live = await this.rig.start(id, { mixerId: this.id, ...change });
    await this.take(id, live);
    return live;
  }

  /** Takes a room up that is placed here. */
  async take(id: RoomId, live: LiveMeta): Promise<void> {
    const now = () => Date.now() + this.clockMs;
    this.#streams.set(id, new LiveStream({ live, silence: SILENCE, now, source: frames() }));
    const me = {
      mixerId: this.id,
      ip: "127.0.0.1",
      origin: this.url,
    };
    const observed = observedOf(me, live, { port: 30_000, flowing: true, sounded: false });
    const part = live.mixerId === this.id ? "mixer" : "standby";
    await this.rig.put(roomKey(id, part), observed);
  }

  /** Ends a room for its listeners. */
  end(id: RoomId): void {
    this.#streams.get(id)?.end();
  }

  /** Lets go of a room, which goes on elsewhere. */
  letGo(id: RoomId): void {
    this.#streams.get(id)?.stop();
  }

  /** How often paths that match were asked for. */
  count(path: RegExp): number {
    return this.asked.filter((one) => path.test(one)).length;
  }

  /** Is away, as a process that was killed: what it was answering breaks off. */
  async down(): Promise<void> {
    this.#abort.abort();
    await this.#server.finished;
  }

  up(): void {
    this.#abort = new AbortController();
    this.#server = this.#serve(this.#server.addr.port);
  }

  /** Takes connections and answers nothing, as a process that is stopped. */
  hang(): void {
    this.#hanging ??= Promise.withResolvers();
  }

  /** Answers again, also what was asked meanwhile. */
  wake(): void {
    this.#hanging?.resolve();
    this.#hanging = null;
  }

  async stop(): Promise<void> {
    this.wake();
    for (const stream of this.#streams.values()) stream.stop();
    await this.down();
  }

  #serve(port: number) {
    return Deno.serve(
      { hostname: "127.0.0.1", port, signal: this.#abort.signal, onListen: () => {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        this.asked.push(pathname + search);
        const response = await this.#app.fetch(request);
        await this.#hanging?.promise;
        return response;
      },
    );
  }
}

/** A source that has a frame every 21.33 ms. */
function frames(): () => Uint8Array<ArrayBuffer>[] {
  const start = performance.now();
  let given = 0;
  return () => {
    const due = Math.floor((performance.now() - start) / FRAME_MS);
    const count = due - given;
    given = due;
    return Array.from({ length: count }, () => SILENCE);
  };
}

const NO_CLASSIC = {
  playlist: () => Promise.resolve(null),
  segment: () => Promise.resolve(null),
};
