import { AppError } from "../../contracts/errors.ts";

/** One media description (RFC 8866 §5.14) and the attributes that decide on it, its session's included. */
interface MediaSection {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly lines: readonly string[];
}

/** How long (characters) an offer may be. */
export const MAX_OFFER = 64_000;
/** How many media descriptions an offer may hold: encoders send two. */
const MAX_SECTIONS = 8;

const MEDIA = /^m=(\w{1,32}) (\d{1,5})(?:\/\d{1,5})? ([\w/]{1,64}) [\x20-\x7e]{1,1000}$/;
const OPUS = /^a=rtpmap:\d{1,3} opus\/48000\/2$/i;
/** Without these there is no connection (RFC 8839 §5.4, RFC 8122 §5); Janus would find out only later. */
const NEEDED = {
  "ice-ufrag": /^a=ice-ufrag:[\w+/]{4,256}$/,
  "ice-pwd": /^a=ice-pwd:[\w+/]{22,256}$/,
  fingerprint: /^a=fingerprint:sha-\d{1,3} [0-9a-f]{2}(?::[0-9a-f]{2}){19,63}$/i,
} as const;
const DIRECTION = /^a=(sendrecv|sendonly|recvonly|inactive)$/;

/**
 * Looks an encoder's offer over (RFC 9725 §4.2). Whatever passes has one audio track of Opus to send; video is let
 * through, for Janus refuses it in its answer by port 0, as it should (RFC 3264 §6).
 *
 * @returns The offer for Janus: one that would also hear the room only speaks, for encoders play nothing.
 * @throws AppError `invalid_params` when it is no SDP, `unprocessable` when it is one that cannot be taken.
 */
export function speakingOffer(sdp: string): string {
  if (sdp.length > MAX_OFFER || !/^v=0\r?\n/.test(sdp) || /[^\P{Cc}\r\n\t]/u.test(sdp)) {
    throw new AppError("invalid_params", "The body is no SDP offer: one begins with v=0");
  }
  const lines = sdp.split(/\r?\n/).filter((line) => line !== "");
  const { session, sections } = sectionsOf(lines);
  const audio = sections.find(({ kind, port }) => kind === "audio" && port !== 0);
  if (audio === undefined) throw refused("It offers no audio, and only audio is taken here");
  if (audio.protocol !== "UDP/TLS/RTP/SAVPF") throw refused("Its audio is not UDP/TLS/RTP/SAVPF");
  if (!audio.lines.some((line) => OPUS.test(line))) throw refused("It offers no opus/48000/2");
  const known = [...session, ...audio.lines];
  for (const [name, form] of Object.entries(NEEDED)) {
    if (!known.some((line) => form.test(line))) throw refused(`It has no good a=${name}`);
  }
  const direction = directionOf(audio.lines) ?? directionOf(session) ?? "sendrecv";
  if (direction === "recvonly" || direction === "inactive") {
    throw refused(`Its audio is ${direction}: who only listens plays the room's HLS`);
  }
  return [
    ...session.map(sendOnly),
    ...sections.flatMap((section) => {
      const spoken = section.lines.map(sendOnly);
      const says = directionOf(section.lines) !== null || directionOf(session) !== null;
      return says ? spoken : [...spoken, "a=sendonly"];
    }),
  ].map((line) => `${line}\r\n`).join("");
}

function sectionsOf(lines: readonly string[]) {
  const starts = lines.flatMap((line, index) => line.startsWith("m=") ? [index] : []);
  if (starts.length > MAX_SECTIONS) {
    throw refused(`It has more than ${MAX_SECTIONS} media descriptions`);
  }
  const sections = starts.map((start, index): MediaSection => {
    const own = lines.slice(start, starts[index + 1]);
    const [, kind = "", port = "0", protocol = ""] = MEDIA.exec(own[0] ?? "") ?? [];
    if (kind === "") throw new AppError("invalid_params", "A media description cannot be read");
    return { kind, port: Number(port), protocol, lines: own };
  });
  return { session: lines.slice(0, starts[0] ?? lines.length), sections };
}

function directionOf(lines: readonly string[]): string | null {
  const found = lines.flatMap((line) => DIRECTION.exec(line)?.[1] ?? []);
  return found[0] ?? null;
}

function sendOnly(line: string): string {
  return line === "a=sendrecv" ? "a=sendonly" : line;
}

function refused(why: string): AppError {
  return new AppError("unprocessable", `The offer cannot be taken. ${why}`);
}
