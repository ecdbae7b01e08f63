import { Attributes } from "./attributes.ts";
import type {
  MediaPlaylist,
  PlaylistPart,
  PlaylistSegment,
  ServerControl,
} from "./media_playlist.ts";
import { PlaylistSyntaxError } from "./playlist_syntax_error.ts";

/**
 * Reads an LL-HLS media playlist (RFC 8216bis §4) strictly: a tag it does not know, one that may stand once and
 * stands twice, or one in the wrong place is an error, for the server under test has no business sending it.
 *
 * @throws PlaylistSyntaxError
 */
export function parseMediaPlaylist(text: string): MediaPlaylist {
  const [first, ...lines] = text.split(/\r?\n/);
  if (first !== "#EXTM3U") throw new PlaylistSyntaxError("It does not begin with #EXTM3U");
  const reader = new Reader();
  for (const line of lines) reader.read(line);
  return reader.end();
}

const ONCE = new Set([
  ...["#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-ENDLIST"],
  ...["#EXT-X-DISCONTINUITY-SEQUENCE", "#EXT-X-SERVER-CONTROL", "#EXT-X-PART-INF", "#EXT-X-SKIP"],
  ...["#EXT-X-INDEPENDENT-SEGMENTS"],
]);

class Reader {
  readonly #seen = new Set<string>();
  readonly #segments: Omit<PlaylistSegment, "msn">[] = [];
  #version = 1;
  #targetDurationS: number | null = null;
  #mediaSequence = 0;
  #discontinuitySequence = 0;
  #serverControl: ServerControl | null = null;
  #partTargetS: number | null = null;
  #skipped = 0;
  #preloadHint: string | null = null;
  #ended = false;
  #map: string | null = null;
  #parts: PlaylistPart[] = [];
  #durationS: number | null = null;
  #dateTime: number | null = null;
  #discontinuity = false;
  #gap = false;

  read(line: string): void {
    if (line === "" || (line.startsWith("#") && !line.startsWith("#EXT"))) return;
    if (!line.startsWith("#")) return this.#segment(line);
    const colon = line.indexOf(":");
    const tag = colon < 0 ? line : line.slice(0, colon);
    if (ONCE.has(tag) && this.#seen.has(tag)) throw wrong(`${tag} stands twice`);
    this.#seen.add(tag);
    this.#tag(tag, colon < 0 ? "" : line.slice(colon + 1));
  }

  end(): MediaPlaylist {
    if (this.#durationS !== null) throw wrong("An EXTINF has no URI after it");
    if (this.#parts.length > 0) this.#close(null);
    else if (this.#discontinuity || this.#gap) throw wrong("A tag applies to no segment");
    return {
      version: this.#version,
      targetDurationS: this.#targetDurationS,
      mediaSequence: this.#mediaSequence,
      discontinuitySequence: this.#discontinuitySequence,
      serverControl: this.#serverControl,
      partTargetS: this.#partTargetS,
      skipped: this.#skipped,
      segments: this.#segments.map((segment, index) => ({
        ...segment,
        msn: this.#mediaSequence + this.#skipped + index,
      })),
      preloadHint: this.#preloadHint,
      ended: this.#ended,
    };
  }

  #tag(tag: string, value: string): void {
    switch (tag) {
      case "#EXT-X-VERSION":
        this.#version = integer(tag, value);
        return;
      case "#EXT-X-TARGETDURATION":
        this.#targetDurationS = integer(tag, value);
        return;
      case "#EXT-X-MEDIA-SEQUENCE":
        this.#mediaSequence = integer(tag, value);
        return this.#mustBeHead(tag);
      case "#EXT-X-DISCONTINUITY-SEQUENCE":
        this.#discontinuitySequence = integer(tag, value);
        return this.#mustBeHead(tag);
      case "#EXT-X-SERVER-CONTROL":
        this.#serverControl = serverControl(new Attributes(tag, value));
        return;
      case "#EXT-X-PART-INF":
        this.#partTargetS = required(tag, new Attributes(tag, value).decimal("PART-TARGET"));
        return;
      case "#EXT-X-SKIP":
        this.#mustBeHead(tag);
        this.#skipped = required(tag, new Attributes(tag, value).decimal("SKIPPED-SEGMENTS"));
        if (this.#skipped < 1) throw wrong("It skips no segment");
        return;
      case "#EXT-X-MAP":
        this.#map = required(tag, new Attributes(tag, value).quoted("URI"));
        return;
      case "#EXT-X-PROGRAM-DATE-TIME":
        this.#dateTime = Date.parse(value);
        if (Number.isNaN(this.#dateTime)) throw wrong(`"${value}" is no date`);
        return;
      case "#EXT-X-DISCONTINUITY":
        if (this.#parts.length > 0) throw wrong("A discontinuity stands within a segment");
        this.#discontinuity = true;
        return;
      case "#EXT-X-GAP":
        this.#gap = true;
        return;
      case "#EXT-X-PART":
        this.#parts.push(part(new Attributes(tag, value)));
        return;
      case "#EXTINF":
        if (!/^\d+(\.\d+)?,/.test(value)) throw wrong(`EXTINF has no duration: "${value}"`);
        this.#durationS = Number.parseFloat(value);
        return;
      case "#EXT-X-PRELOAD-HINT": {
        const hint = new Attributes(tag, value);
        if (this.#preloadHint !== null) throw wrong("There are two preload hints");
        if (hint.word("TYPE") === "PART") this.#preloadHint = required(tag, hint.quoted("URI"));
        return;
      }
      case "#EXT-X-ENDLIST":
        this.#ended = true;
        return;
      case "#EXT-X-INDEPENDENT-SEGMENTS":
        return;
    }
    throw wrong(`The tag ${tag} is unknown`);
  }

  #segment(uri: string): void {
    if (this.#durationS === null) throw wrong(`"${uri}" has no EXTINF before it`);
    if (this.#preloadHint !== null) throw wrong("A segment stands after the preload hint");
    this.#close(uri);
  }

  #close(uri: string | null): void {
    this.#segments.push({
      uri,
      durationS: this.#durationS,
      parts: this.#parts,
      dateTime: this.#dateTime,
      discontinuity: this.#discontinuity,
      gap: this.#gap,
      map: this.#map,
    });
    this.#parts = [];
    this.#durationS = null;
    this.#dateTime = null;
    this.#discontinuity = false;
    this.#gap = false;
  }

  #mustBeHead(tag: string): void {
    if (this.#segments.length > 0 || this.#parts.length > 0) {
      throw wrong(`${tag} stands after a segment`);
    }
  }
}

function serverControl(attributes: Attributes): ServerControl {
  return {
    canBlockReload: attributes.yes("CAN-BLOCK-RELOAD"),
    canSkipUntilS: attributes.decimal("CAN-SKIP-UNTIL"),
    holdBackS: attributes.decimal("HOLD-BACK"),
    partHoldBackS: attributes.decimal("PART-HOLD-BACK"),
  };
}

function part(attributes: Attributes): PlaylistPart {
  return {
    uri: required("#EXT-X-PART", attributes.quoted("URI")),
    durationS: required("#EXT-X-PART", attributes.decimal("DURATION")),
    independent: attributes.yes("INDEPENDENT"),
  };
}

function integer(tag: string, value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw wrong(`${tag} is no decimal integer: "${value}"`);
  return Number(value);
}

function required<T>(tag: string, value: T | null): T {
  if (value === null) throw wrong(`${tag} lacks an attribute it must have`);
  return value;
}

function wrong(what: string): PlaylistSyntaxError {
  return new PlaylistSyntaxError(what);
}
