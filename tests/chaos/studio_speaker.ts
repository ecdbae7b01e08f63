import type { Browser, BrowserContext } from "playwright-core";
import { z } from "zod";
import { openStudio } from "../support/pages.ts";
import { PROBED } from "../support/sound_probe.ts";
import type { Speaker } from "./speaker.ts";

/** A microphone that hums, and a list of when each WebRTC connection came up (Unix time in ms). */
const pageScript = (hz: number) => `
  globalThis.connectedAt = [];
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext({ sampleRate: 48000 });
    const tone = context.createOscillator();
    tone.frequency.value = ${hz};
    const gain = context.createGain();
    gain.gain.value = 0.37;
    const microphone = context.createMediaStreamDestination();
    tone.connect(gain).connect(microphone);
    tone.start();
    await context.resume();
    return microphone.stream;
  };
  const Peer = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Peer {
    constructor(...options) {
      super(...options);
      let up = false;
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected" && !up) globalThis.connectedAt.push(Date.now());
        up = this.connectionState === "connected";
      });
    }
  };
`;

/** A person at a studio page in real Chromium, whose microphone hums. */
export class StudioSpeaker implements Speaker {
  private constructor(
    readonly roomId: string,
    private readonly context: BrowserContext,
    private readonly ask: <T>(schema: z.ZodType<T>, expression: string) => Promise<T>,
  ) {}

  /** Makes a room of its own, goes live in it and takes a seat. */
  static async open(browser: Browser, url: string, hz: number): Promise<StudioSpeaker> {
    const context = await browser.newContext(PROBED);
    await context.addInitScript(pageScript(hz));
    const { page, roomId, join } = await openStudio(context, url, `A studio at ${hz} Hz`);
    await join();
    const ask = async <T>(schema: z.ZodType<T>, expression: string) =>
      schema.parse(await page.evaluate(expression));
    return new StudioSpeaker(roomId, context, ask);
  }

  async seats(): Promise<readonly number[]> {
    const times = await this.ask(z.array(z.number()), "globalThis.connectedAt");
    return times.map((time) => time - performance.timeOrigin);
  }

  /** The page alone knows its Janus: it counts as there while it says that it is live. */
  async speaksTo(): Promise<boolean> {
    return await this.ask(z.string(), "globalThis.roomcast.phase") === "live";
  }

  stop(): Promise<void> {
    return this.context.close();
  }
}
