import type { Page } from "playwright-core";
import { z } from "zod";

/** The options of a browser context whose pages are probed: the pages' own policy lets no strange code in. */
export const PROBED = { bypassCSP: true } as const;

/** A beep that a page's sound had. */
export const Beep = z.object({
  /** Which of the pitches it is. */
  pitch: z.number().int(),
  /** When it began, Unix time in ms, fractional. */
  at: z.number(),
});
export type Beep = z.infer<typeof Beep>;

/** Runs on the audio thread: finds where a sound begins after a silence, and which pitch it has. */
const BEEP_WORKLET = `
const WINDOW = 1920;
registerProcessor("beeps", class extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.pitches = processorOptions.pitches;
    this.quiet = 0;
    this.heard = null;
    this.length = 0;
    this.begun = 0;
  }
  process([[channel]]) {
    this.port.postMessage({ clock: currentTime });
    if (!channel) return true;
    for (let i = 0; i < channel.length; i++) {
      if (this.heard === null) {
        if (Math.abs(channel[i]) < 0.05) { this.quiet++; continue; }
        const silent = this.quiet > 0.2 * sampleRate;
        this.quiet = 0;
        if (!silent) continue;
        this.heard = new Float32Array(WINDOW);
        this.length = 0;
        this.begun = currentTime + i / sampleRate;
      }
      this.heard[this.length++] = channel[i];
      if (this.length === WINDOW) {
        const powers = this.pitches.map((hz) => goertzel(this.heard, hz));
        this.port.postMessage({ pitch: powers.indexOf(Math.max(...powers)), begun: this.begun });
        this.heard = null;
      }
    }
    return true;
  }
});
function goertzel(samples, hz) {
  const c = 2 * Math.cos(2 * Math.PI * hz / sampleRate);
  let a = 0, b = 0;
  for (const sample of samples) [a, b] = [sample + c * a - b, a];
  return a * a + b * b - c * a * b;
}
`;

/** Where a page's sound comes from: the microphone it sends, or what it plays. */
const SOURCES = {
  microphone: "context.createMediaStreamSource(globalThis.microphone)",
  player: "context.createMediaElementSource(globalThis.roomcast.audio)",
} as const;

/**
 * Listens for beeps in a page, beginning now.
 *
 * @returns A call that gives the beeps so far. Their times are on one clock for all pages of this machine.
 */
export async function probeBeeps(
  page: Page,
  source: keyof typeof SOURCES,
  pitches: readonly number[],
): Promise<() => Promise<Beep[]>> {
  await page.evaluate(`(async () => {
    const context = new AudioContext({ sampleRate: 48000 });
    const code = URL.createObjectURL(new Blob([${JSON.stringify(BEEP_WORKLET)}],
      { type: "text/javascript" }));
    await context.audioWorklet.addModule(code);
    const node = new AudioWorkletNode(context, "beeps",
      { processorOptions: { pitches: ${JSON.stringify(pitches)} }, numberOfOutputs: 1 });
    const source = ${SOURCES[source]};
    source.connect(node);
    if ("${source}" === "player") source.connect(context.destination);
    globalThis.beeps = [];
    // The audio clock's zero on the page's clock: messages can only come late, so the earliest tells.
    let zero = Infinity;
    node.port.onmessage = ({ data }) => {
      const now = performance.timeOrigin + performance.now();
      if (data.clock !== undefined) zero = Math.min(zero, now - data.clock * 1000);
      else globalThis.beeps.push({ pitch: data.pitch, at: zero + data.begun * 1000 });
    };
    await context.resume();
  })()`);
  return async () => z.array(Beep).parse(await page.evaluate("globalThis.beeps"));
}

/** How strong each of the pitches is in what the page plays during `seconds`, as shares of the whole. */
export async function probeTones(
  page: Page,
  pitches: readonly number[],
  seconds = 2,
): Promise<number[]> {
  const shares = await page.evaluate(`(async () => {
    const context = globalThis.tones?.context ?? new AudioContext({ sampleRate: 48000 });
    const source = globalThis.tones?.source ??
      context.createMediaElementSource(globalThis.roomcast.audio);
    globalThis.tones = { context, source };
    source.connect(context.destination);
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    analyser.smoothingTimeConstant = 0;
    source.connect(analyser);
    await context.resume();
    const bins = new Float32Array(analyser.frequencyBinCount);
    const power = ${JSON.stringify(pitches)}.map(() => 0);
    let total = 1e-12;
    for (const end = performance.now() + ${seconds * 1000}; performance.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      analyser.getFloatFrequencyData(bins);
      const linear = bins.map((db) => Number.isFinite(db) ? 10 ** (db / 10) : 0);
      total += linear.reduce((sum, value) => sum + value, 0);
      ${JSON.stringify(pitches)}.forEach((hz, index) => {
        const bin = Math.round(hz * analyser.fftSize / context.sampleRate);
        for (let near = bin - 3; near <= bin + 3; near++) power[index] += linear[near];
      });
    }
    analyser.disconnect();
    return power.map((value) => value / total);
  })()`);
  return z.array(z.number()).parse(shares);
}
