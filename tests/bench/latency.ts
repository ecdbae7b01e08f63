/**
 * Mouth to ear: beeps of known pitch through a studio page, Janus, the mixer, the edge, nginx and a listening page in
 * real Chromium; LL-HLS and the classic playlist in the same run, and a listener who came in the room's first second.
 */
import type { Page } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
import { openListener, openStudio } from "../support/pages.ts";
import { type Beep, probeBeeps, PROBED } from "../support/sound_probe.ts";
import { beeps, writeWav } from "../support/wav.ts";
import { numberArgument, percentile, round, runBench, say } from "./support.ts";

const partFrames = numberArgument("part-frames", 10) === 5 ? 5 : 10;
const count = numberArgument("beeps", 25);
const EVERY_S = 2;
/** Well apart, and well inside what Opus and AAC keep; the round of them is longer than any delay here. */
const PITCHES = Array.from({ length: 10 }, (_, index) => 600 + 220 * index);
/** How long players may settle before beeps count. */
const SETTLE_MS = 12_000;

/** Keeps what a player stumbled over, so that a slow beep can be told from a lost one. */
const NOTE_TROUBLE = `
  globalThis.trouble = [];
  const note = (what) => globalThis.trouble.push(new Date().toISOString() + " " + what);
  roomcast.audio.addEventListener("waiting", () => note("the player waits for data"));
  roomcast.hls.on("hlsError", (_, { details, fatal, response, url, reason }) =>
    note(["hls.js:", details, fatal, response?.code, url ?? reason].join(" ")));
`;

await runBench({ partFrames, gateways: 1 }, async (cluster) => {
  const microphone = `${cluster.dir}/beeps.wav`;
  await writeWav(microphone, beeps(PITCHES, EVERY_S));
  const browser = await launchBrowser({ microphone });
  try {
    const studio = await openStudio(await browser.newContext(PROBED), cluster.url, "Beeps");
    await studio.join();
    say("on air; the first listener comes at once");
    const listen = async (classic = false) =>
      await openListener(await browser.newContext(PROBED), cluster.url, studio.roomId, { classic });
    const early = await listen();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    say("a later listener and one of the classic playlist come");
    const late = await listen();
    const classic = await listen(true);
    for (const page of [early, late, classic]) await untilPlaying(page);
    for (const page of [early, late]) await page.evaluate(NOTE_TROUBLE);
    const mouth = await probeBeeps(studio.page, "microphone", PITCHES);
    const ears = {
      early: await probeBeeps(early, "player", PITCHES),
      late: await probeBeeps(late, "player", PITCHES),
      classic: await probeBeeps(classic, "player", PITCHES),
    };
    say(`everyone plays; settling for ${SETTLE_MS / 1000} s, then ${count} beeps`);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const from = Date.now();
    await new Promise((resolve) => setTimeout(resolve, (count + 0.5) * EVERY_S * 1000));
    const until = Date.now();
    // The classic listener hears the last beeps seconds later.
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const said = (await mouth()).filter(({ at }) => at >= from && at < until);
    say(`${said.length} beeps were said`);
    const delays = {
      early: delaysOf(said, await ears.early()),
      late: delaysOf(said, await ears.late()),
      classic: delaysOf(said, await ears.classic()),
    };
    for (const [who, values] of Object.entries(delays)) {
      say(`${who}: ${values.map((value) => round(value)).join(" ")} ms`);
      if (values.length < Math.min(20, count) * 0.8) throw new Error(`${who} missed beeps`);
    }
    for (const page of [early, late]) {
      for (const line of await page.evaluate("globalThis.trouble") as string[]) say(line);
    }
    const llP50Ms = percentile(delays.late, 0.5);
    const classicP50Ms = percentile(delays.classic, 0.5);
    return {
      llP50Ms: round(llP50Ms),
      llP95Ms: round(percentile(delays.late, 0.95)),
      classicP50Ms: round(classicP50Ms),
      llToClassicRatio: round(llP50Ms / classicP50Ms, 3),
      earlyP50Ms: round(percentile(delays.early, 0.5)),
      earlyP95Ms: round(percentile(delays.early, 0.95)),
      beeps: said.length,
      partFrames,
    };
  } finally {
    await browser.close();
  }
});

/** The time from each beep said to the first one of its pitch heard after it, within half a round. */
function delaysOf(said: readonly Beep[], heard: readonly Beep[]): number[] {
  const most = PITCHES.length * EVERY_S * 1000 * 0.6;
  return said.flatMap(({ pitch, at }) => {
    const ear = heard.find((beep) => beep.pitch === pitch && beep.at > at && beep.at < at + most);
    return ear === undefined ? [] : [ear.at - at];
  });
}

async function untilPlaying(page: Page): Promise<void> {
  await page.waitForFunction(
    "!roomcast.audio.loop && !roomcast.audio.paused && roomcast.audio.currentTime > 0.5",
    undefined,
    { timeout: 30_000 },
  );
}
