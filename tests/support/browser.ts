import { type Browser, chromium } from "playwright-core";
import { findCommand } from "../../src/doctor/find.ts";

export interface BrowserOptions {
  /** A WAV file that the microphone plays; default: Chromium's own beeps. */
  readonly microphone?: string;
}

/** Starts Debian's Chromium with a microphone that needs no asking and sound that needs no gesture. */
export function launchBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const executablePath = findCommand("chromium");
  if (executablePath === null) throw new Error("There is no chromium: apt-get install chromium");
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
      ...(options.microphone === undefined
        ? []
        : [`--use-file-for-fake-audio-capture=${options.microphone}`]),
    ],
  });
}
