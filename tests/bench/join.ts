/**
 * How long a join takes: from the page's join call to media connected, beside the same page joining straight on Janus's
 * WebSocket, in turn.
 */
import type { Page } from "playwright-core";
import { bridgeRoom } from "../../src/contracts/janus.ts";
import { launchBrowser } from "../support/browser.ts";
import { openStudio } from "../support/pages.ts";
import { PROBED } from "../support/sound_probe.ts";
import { numberArgument, percentile, round, runBench, say } from "./support.ts";

const times = numberArgument("times", 20);
/** Between joins (ms): the gateway holds a socket that joins more often for a flood. */
const PAUSE_MS = 1500;

interface Direct {
  readonly url: string;
  readonly apiSecret: string;
  readonly room: string;
}

await runBench({ gateways: 1 }, async (cluster) => {
  const browser = await launchBrowser();
  try {
    const studio = await openStudio(await browser.newContext(PROBED), cluster.url, "Joins");
    // The first join starts the room; it is not counted.
    await studio.join();
    const direct: Direct = {
      url: cluster.janusUrls[0] ?? "",
      apiSecret: cluster.secrets.janusApiSecret,
      room: bridgeRoom(studio.roomId),
    };
    const joins: number[] = [];
    const directs: number[] = [];
    for (let i = 0; i <= times; i++) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      await leave(studio.page);
      const timings = await studio.join();
      const joinMs = timings.mediaConnected - timings.joinCalled;
      const directMs = await joinDirectly(studio.page, direct);
      if (i === 0) continue;
      joins.push(joinMs);
      directs.push(directMs);
      const answerMs = timings.answerReceived - timings.joinCalled;
      say(
        `${i}/${times}: join ${round(joinMs)} ms (answer after ${round(answerMs)}), ` +
          `straight on Janus ${round(directMs)} ms`,
      );
    }
    const joinP50Ms = percentile(joins, 0.5);
    const directP50Ms = percentile(directs, 0.5);
    return {
      joinP50Ms: round(joinP50Ms),
      joinP95Ms: round(percentile(joins, 0.95)),
      directP50Ms: round(directP50Ms),
      joinToDirectRatio: round(joinP50Ms / directP50Ms, 2),
    };
  } finally {
    await browser.close();
  }
});

async function leave(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Leave" }).click();
  await page.waitForFunction("globalThis.roomcast.phase === 'left'");
}

/** Joins the room's AudioBridge with Janus's own protocol, over a socket that is open already, as the page's is. */
async function joinDirectly(page: Page, direct: Direct): Promise<number> {
  return await page.evaluate(`(async ({ url, apiSecret, room }) => {
    const socket = new WebSocket(url, "janus-protocol");
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("Janus refused the socket"));
    });
    const waiting = new Map();
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.janus === "ack") return;
      waiting.get(message.transaction)?.(message);
    };
    let last = 0;
    const ask = (message) => new Promise((resolve) => {
      const transaction = String(++last);
      waiting.set(transaction, resolve);
      socket.send(JSON.stringify({ ...message, transaction, apisecret: apiSecret }));
    });
    const [track] = globalThis.microphone.getAudioTracks();
    const begun = performance.now();
    // The page makes its peer connection and offer in its join call as well.
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    peer.addTransceiver(track, { direction: "sendrecv" });
    await peer.setLocalDescription(await peer.createOffer());
    const session = (await ask({ janus: "create" })).data.id;
    const address = { session_id: session };
    const handle = (await ask({
      janus: "attach", plugin: "janus.plugin.audiobridge", ...address,
    })).data.id;
    address.handle_id = handle;
    peer.onicecandidate = ({ candidate }) => ask({
      janus: "trickle", candidate: candidate ?? { completed: true }, ...address,
    });
    await ask({ janus: "message", ...address, body: { request: "join", room, display: "direct" } });
    const answer = await ask({
      janus: "message", ...address, body: { request: "configure", muted: false },
      jsep: { type: "offer", sdp: peer.localDescription.sdp },
    });
    await peer.setRemoteDescription(answer.jsep);
    await new Promise((resolve) => {
      const look = () => peer.connectionState === "connected" && resolve();
      peer.onconnectionstatechange = look;
      look();
    });
    const took = performance.now() - begun;
    await ask({ janus: "message", ...address, body: { request: "leave" } });
    peer.close();
    socket.close();
    return took;
  })(${JSON.stringify(direct)})`) as number;
}
