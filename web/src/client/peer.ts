import type { IceCandidate, IceServer } from "../../../src/contracts/rpc.ts";
import { ClientError } from "./client_error.ts";

export interface PeerEvents {
  /** A local ICE candidate to pass on; null: there are no more. */
  readonly onCandidate: (candidate: IceCandidate) => void;
  /** The connection is lost and will not come back by itself. */
  readonly onLost: () => void;
}

/** How long (ms) a connection may be "disconnected" before it counts as lost. */
const DISCONNECTED_LIMIT_MS = 3000;

/** Bits per second of Opus: transparent for speech, good for music in mono. */
const MAX_BITRATE = 64_000;

/** The sound connection of one seat: our track out, the mix of the others in. */
export class Peer {
  readonly remote: MediaStream = new MediaStream();
  readonly #connection: RTCPeerConnection;
  readonly #sender: RTCRtpSender;
  readonly #offer: Promise<string>;
  #doubt: ReturnType<typeof setTimeout> | undefined;
  #events: PeerEvents | null = null;

  /** @throws ClientError `no_webrtc` when the browser has no WebRTC. */
  constructor(track: MediaStreamTrack) {
    if (typeof RTCPeerConnection === "undefined") throw new ClientError("no_webrtc");
    this.#connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const transceiver = this.#connection.addTransceiver(track, {
      direction: "sendrecv",
      sendEncodings: [{ maxBitrate: MAX_BITRATE }],
    });
    this.#sender = transceiver.sender;
    this.#connection.ontrack = ({ track }) => this.remote.addTrack(track);
    this.#connection.onicecandidate = ({ candidate }) => this.#found(candidate);
    this.#connection.onconnectionstatechange = () => this.#changed();
    this.#offer = this.#makeOffer();
  }

  /** The SDP offer. It has no ICE candidates: those are looked for when the servers to ask are known. */
  offer(): Promise<string> {
    return this.#offer;
  }

  /** Takes the answer, and looks for candidates with the help of the servers that came with it. */
  async accept(
    { sdp, iceServers }: { sdp: string; iceServers: readonly IceServer[] },
    events: PeerEvents,
  ): Promise<void> {
    this.#events = events;
    const connection = this.#connection;
    if (iceServers.length > 0) {
      connection.setConfiguration({
        ...connection.getConfiguration(),
        iceServers: iceServers.map(asRtcIceServer),
      });
    }
    const offer = await this.#offer;
    // The browser takes them one after the other by itself.
    await Promise.all([
      connection.setLocalDescription({ type: "offer", sdp: offer }),
      connection.setRemoteDescription({ type: "answer", sdp }),
    ]);
  }

  /**
   * Resolves once sound can flow.
   *
   * @throws ClientError `media_lost` when it failed or took longer than the limit (ms).
   */
  connected(limitMs: number): Promise<void> {
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (connection.connectionState === "connected") finish(null);
        const over = connection.connectionState === "failed" ||
          connection.connectionState === "closed";
        if (over) finish(new ClientError("media_lost"));
      };
      const finish = (error: ClientError | null) => {
        clearTimeout(limit);
        connection.removeEventListener("connectionstatechange", settle);
        error === null ? resolve() : reject(error);
      };
      const limit = setTimeout(() => finish(new ClientError("media_lost")), limitMs);
      connection.addEventListener("connectionstatechange", settle);
      settle();
    });
  }

  /** Sends another track from now on; nobody hears more than a blink of silence. */
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await this.#sender.replaceTrack(track);
  }

  close(): void {
    clearTimeout(this.#doubt);
    this.#events = null;
    this.#connection.close();
  }

  async #makeOffer(): Promise<string> {
    return (await this.#connection.createOffer()).sdp ?? "";
  }

  #found(candidate: RTCIceCandidate | null): void {
    const plain = candidate === null || candidate.candidate === "" ? null : {
      candidate: candidate.candidate,
      sdpMid: candidate.sdpMid,
      sdpMLineIndex: candidate.sdpMLineIndex,
      usernameFragment: candidate.usernameFragment,
    };
    this.#events?.onCandidate(plain);
  }

  #changed(): void {
    clearTimeout(this.#doubt);
    const state = this.#connection.connectionState;
    if (state === "failed") this.#events?.onLost();
    if (state === "disconnected") {
      this.#doubt = setTimeout(() => this.#events?.onLost(), DISCONNECTED_LIMIT_MS);
    }
  }
}

function asRtcIceServer({ urls, username, credential }: IceServer): RTCIceServer {
  return {
    urls: [...urls],
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  };
}
