/// <reference lib="deno.worker" />
import { createSocket } from "node:dgram";
import type { RtpOrder } from "./rtp_messages.ts";

const PACKET_MS = 20;
const PACKET_SAMPLES = 960;
const HEADER_BYTES = 12;
/** A thread that was held up for longer than this (ms) does not send all it missed. */
const MOST_LATE_MS = 200;

interface Voice {
  port: number;
  payloadType: number;
  packets: readonly Uint8Array[];
  readonly ssrc: number;
  sequence: number;
  timestamp: number;
}

const socket = createSocket("udp4");
socket.bind(0, "127.0.0.1");
const voices = new Map<string, Voice>();

self.onmessage = ({ data }: MessageEvent<RtpOrder>) => {
  if (data.kind === "silence") {
    voices.delete(data.voice);
    return;
  }
  const { voice, port, payloadType, packets } = data;
  const ssrc = Math.floor(Math.random() * 0xffffffff);
  voices.set(voice, { port, payloadType, packets, ssrc, sequence: 0, timestamp: 0 });
};

let due = performance.now();
setInterval(() => {
  const now = performance.now();
  if (now - due > MOST_LATE_MS) due = now;
  for (; due <= now; due += PACKET_MS) {
    for (const voice of voices.values()) send(voice);
  }
}, PACKET_MS / 2);

/** One packet (RFC 3550 §5.1). */
function send(voice: Voice): void {
  const payload = voice.packets[voice.sequence % voice.packets.length];
  if (payload === undefined) return;
  const packet = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(packet.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, voice.payloadType | (voice.sequence === 0 ? 0x80 : 0));
  view.setUint16(2, voice.sequence & 0xffff);
  view.setUint32(4, voice.timestamp >>> 0);
  view.setUint32(8, voice.ssrc);
  packet.set(payload, HEADER_BYTES);
  socket.send(packet, voice.port, "127.0.0.1");
  voice.sequence += 1;
  voice.timestamp += PACKET_SAMPLES;
}
