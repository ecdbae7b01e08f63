import type { Page } from "playwright-core";
import { z } from "zod";

/** A browser page that speaks by WHIP (RFC 9725), knowing nothing of Roomcast but an address and a token. */
const CLIENT = `
  globalThis.whip = async ({ url, token, trickle }) => {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    const peer = globalThis.whip.peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const [track] = stream.getAudioTracks();
    peer.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    const found = [];
    const all = new Promise((resolve) => {
      peer.onicecandidate = ({ candidate }) => {
        if (candidate?.candidate) found.push("a=" + candidate.candidate);
        else if (candidate === null) resolve();
      };
    });
    const offer = await peer.createOffer();
    if (!trickle) {
      await peer.setLocalDescription(offer);
      await all;
    }
    const send = (method, at, type, body, headers) => fetch(at, {
      method,
      body,
      headers: { authorization: "Bearer " + token, "content-type": type, ...headers },
    });
    const sdp = trickle ? offer.sdp : peer.localDescription.sdp;
    const made = await send("POST", url, "application/sdp", sdp, {});
    if (made.status !== 201) throw new Error(made.status + " " + await made.text());
    const session = new URL(made.headers.get("location"), url).href;
    const connected = new Promise((resolve, reject) => {
      peer.onconnectionstatechange = () => {
        if (peer.connectionState === "connected") resolve();
        if (peer.connectionState === "failed") reject(new Error("the connection failed"));
      };
    });
    if (trickle) await peer.setLocalDescription(offer);
    await peer.setRemoteDescription({ type: "answer", sdp: await made.text() });
    const statuses = [];
    if (trickle) {
      await all;
      const attribute = (name) => sdp.match(new RegExp("^a=" + name + ":.*$", "m"))[0].trim();
      const head = [attribute("ice-ufrag"), attribute("ice-pwd")];
      const media = ["m=audio 9 UDP/TLS/RTP/SAVPF 0", attribute("mid")];
      for (const line of [...found, "a=end-of-candidates"]) {
        const fragment = [...head, ...media, line, ""].join("\\r\\n");
        const type = "application/trickle-ice-sdpfrag";
        const tag = { "if-match": made.headers.get("etag") };
        statuses.push((await send("PATCH", session, type, fragment, tag)).status);
      }
    }
    await connected;
    globalThis.whip.end = async () => {
      const { status } = await fetch(session, {
        method: "DELETE",
        headers: { authorization: "Bearer " + token },
      });
      return status;
    };
    return { session, statuses };
  };
`;

const Spoken = z.object({ session: z.url(), statuses: z.array(z.number()) });

export interface WhipEncoder {
  /** The session's address. */
  readonly session: string;
  /** What each PATCH was answered with. */
  readonly statuses: readonly number[];
  /** Ends the session; gives the status of the answer. */
  end(): Promise<number>;
}

/**
 * Speaks into a room from a page of the same origin; resolves once sound flows.
 *
 * @param options `trickle`: candidates follow the offer one by one; else the offer has them all.
 */
export async function speakByWhip(
  page: Page,
  options: { url: string; token: string; trickle: boolean },
): Promise<WhipEncoder> {
  await page.evaluate(CLIENT);
  const call = `globalThis.whip(${JSON.stringify(options)})`;
  const spoken = Spoken.parse(await page.evaluate(call));
  const end = async () => z.number().parse(await page.evaluate("globalThis.whip.end()"));
  return { ...spoken, end };
}
