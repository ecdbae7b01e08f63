import { roomOfBridge } from "../../src/contracts/janus.ts";
import type { RoomId } from "../../src/contracts/ids.ts";
import type { ModelJanus } from "./model_janus.ts";

/** A UDP port on which an FFmpeg listens for a room. */
export interface Listener {
  readonly roomId: RoomId;
  readonly mixerId: string;
  readonly host: string;
  readonly port: number;
  /** The one address it takes packets from, or null for any. */
  readonly from: string | null;
  /** Look whether packets come. */
  readonly onTraffic: () => void;
}

/** A forwarder whose packets reach a listener. */
export interface Traffic {
  readonly roomId: RoomId;
  readonly janusId: string;
  readonly ssrc: number;
}

/** Who sends RTP to whom, and what must never be: two senders, or a stranger, on one port (I1). */
export class Network {
  readonly #listeners = new Set<Listener>();
  readonly #januses = new Map<string, { janus: ModelJanus; address: string }>();

  /** @param onBreak Told, in words, when an invariant does not hold. */
  constructor(private readonly onBreak: (what: string) => void) {}

  add(id: string, address: string, janus: ModelJanus): void {
    this.#januses.set(id, { janus, address });
  }

  listeners(): Listener[] {
    return [...this.#listeners];
  }

  open(listener: Listener): void {
    for (const other of this.#listeners) {
      if (other.host !== listener.host) continue;
      if (other.port === listener.port) {
        this.onBreak(`I1: two FFmpegs of ${listener.mixerId} on port ${listener.port}`);
      }
      if (other.roomId === listener.roomId) {
        this.onBreak(`I2: two FFmpegs of ${listener.mixerId} for ${listener.roomId}`);
      }
    }
    this.#listeners.add(listener);
    this.changed();
  }

  close(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** A host is gone, and every process on it. */
  closeAll(host: string): void {
    for (const listener of this.#listeners) {
      if (listener.host === host) this.#listeners.delete(listener);
    }
  }

  /** What reaches a listener. */
  traffic(listener: Listener): Traffic[] {
    const found: Traffic[] = [];
    for (const [janusId, { janus, address }] of this.#januses) {
      if (listener.from !== null && listener.from !== address) continue;
      for (const [room, forwarders] of janus.rooms) {
        for (const { host, port, ssrc } of forwarders.values()) {
          if (host !== listener.host || port !== listener.port) continue;
          found.push({ roomId: roomOfBridge(room) ?? room, janusId, ssrc });
        }
      }
    }
    return found;
  }

  /** Forwarders or listeners changed. */
  changed(): void {
    for (const listener of this.#listeners) {
      const traffic = this.traffic(listener);
      const { port, roomId, mixerId } = listener;
      if (traffic.length > 1) {
        const senders = traffic.map((one) => `${one.roomId}@${one.janusId}`).join(" and ");
        this.onBreak(`I1: port ${port} of ${mixerId} (${roomId}) gets ${senders}`);
      } else if (traffic[0] !== undefined && traffic[0].roomId !== roomId) {
        this.onBreak(`I1: port ${port} of ${mixerId} (${roomId}) gets ${traffic[0].roomId}`);
      }
      listener.onTraffic();
    }
  }
}
