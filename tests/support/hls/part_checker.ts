import { readFragments, readTimescale } from "./fmp4.ts";
import type { Edge, PlaylistPart } from "./media_playlist.ts";

/** Checks the media of one broadcast, part by part, in order. */
export class PartChecker {
  readonly #timescale: number;
  #expected: { readonly place: Edge; readonly decodeTime: number } | null = null;

  /** @throws Mp4Error when the init segment is none. */
  constructor(init: Uint8Array) {
    this.#timescale = readTimescale(init);
  }

  /**
   * What is wrong with a part, as sentences.
   *
   * @throws Mp4Error when it is no fragment.
   */
  check(place: Edge, part: PlaylistPart, bytes: Uint8Array): string[] {
    const wrong: string[] = [];
    const name = `Part ${place.msn}.${place.part}`;
    const fragments = readFragments(bytes);
    const [first] = fragments;
    if (first === undefined) return [`${name} is empty`];
    if (this.#follows(place) && first.decodeTime !== this.#expected?.decodeTime) {
      wrong.push(`${name} begins at ${first.decodeTime}, not at ${this.#expected?.decodeTime}`);
    }
    let next = first.decodeTime;
    for (const { decodeTime, samples, sampleDuration } of fragments) {
      if (decodeTime !== next) wrong.push(`${name} has a hole in it`);
      next = decodeTime + samples * sampleDuration;
    }
    const seconds = (next - first.decodeTime) / this.#timescale;
    if (Math.abs(seconds - part.durationS) > 1e-5) {
      wrong.push(`${name} lasts ${seconds} s, the playlist says ${part.durationS} s`);
    }
    this.#expected = { place, decodeTime: next };
    return wrong;
  }

  /** Whether the part comes right after the one checked last. */
  #follows({ msn, part }: Edge): boolean {
    const last = this.#expected?.place;
    if (last === undefined) return false;
    return last.msn === msn ? last.part + 1 === part : last.msn + 1 === msn && part === 0;
  }
}
