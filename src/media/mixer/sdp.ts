import { SrtpKey } from "../../contracts/room.ts";

export interface RtpSession {
  /** The address FFmpeg receives on. */
  readonly host: string;
  /** Even; port + 1 is RTCP. */
  readonly port: number;
  /** The only address packets are taken from, or null for any. */
  readonly from: string | null;
  /** What the packets are encrypted with; absent: nothing is. */
  readonly srtp?: SrtpKey;
}

/** Janus's payload type for Opus. */
export const OPUS_PAYLOAD_TYPE = 111;

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Whether FFmpeg can filter by this: a plain IPv4 address. */
export function isIpv4(host: string): boolean {
  return IPV4.test(host) && host.split(".").every((part) => Number(part) <= 255);
}

/**
 * The session description (RFC 8866) of one Opus stream from an AudioBridge forwarder. Its source filter
 * (RFC 4570) keeps strangers' RTP, and an RTCP BYE of theirs, from ending the room's FFmpeg.
 *
 * @throws RangeError for an address that is no IPv4 address or a port that is odd or out of range.
 */
export function sessionDescription({ host, port, from, srtp }: RtpSession): string {
  if (!isIpv4(host) || (from !== null && !isIpv4(from))) {
    throw new RangeError(`Cannot describe an RTP session at "${host}" from "${from}"`);
  }
  if (!Number.isInteger(port) || port % 2 !== 0 || port < 2 || port > 65534) {
    throw new RangeError(`Cannot describe an RTP session at port ${port}`);
  }
  return [
    "v=0",
    `o=- 0 0 IN IP4 ${host}`,
    "s=roomcast",
    `c=IN IP4 ${host}`,
    "t=0 0",
    `m=audio ${port} RTP/${srtp === undefined ? "AVP" : "SAVP"} ${OPUS_PAYLOAD_TYPE}`,
    ...(srtp === undefined
      ? []
      : [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${SrtpKey.parse(srtp)}`]),
    `a=rtpmap:${OPUS_PAYLOAD_TYPE} opus/48000/2`,
    ...(from === null ? [] : [`a=source-filter: incl IN IP4 ${host} ${from}`]),
    "a=recvonly",
    "",
  ].join("\r\n");
}
