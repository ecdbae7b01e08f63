/** A box of an MP4 file (ISO/IEC 14496-12 §4.2). */
interface Box {
  readonly type: string;
  /** Where it begins, in bytes from the beginning of the file. */
  readonly start: number;
  /** What is in it. */
  readonly body: DataView;
}

/** One fragment: a `moof` and its `mdat`, of one track whose samples last alike. */
export interface Fragment {
  readonly sequence: number;
  /** Decode time of its first sample, in units of the timescale. */
  readonly decodeTime: number;
  readonly samples: number;
  /** How long a sample lasts, in units of the timescale. */
  readonly sampleDuration: number;
}

/** The bytes are no such MP4. */
export class Mp4Error extends Error {
  override readonly name = "Mp4Error";
}

const CONTAINERS = new Set(["moov", "trak", "mdia"]);

/**
 * The timescale of the one track of an init segment, in units per second.
 *
 * @throws Mp4Error
 */
export function readTimescale(init: Uint8Array): number {
  const mdhds = flatten(boxes(view(init))).filter(({ type }) => type === "mdhd");
  const [mdhd] = mdhds;
  if (mdhd === undefined || mdhds.length > 1) throw new Mp4Error("It has not one track");
  return mdhd.body.getUint32(mdhd.body.getUint8(0) === 1 ? 20 : 12);
}

/**
 * The fragments of a part or a segment.
 *
 * @throws Mp4Error when sizes or offsets do not fit one another.
 */
export function readFragments(bytes: Uint8Array): Fragment[] {
  const all = boxes(view(bytes));
  const fragments: Fragment[] = [];
  for (let i = 0; i < all.length; i += 2) {
    const [moof, mdat] = [all[i], all[i + 1]];
    if (moof?.type !== "moof" || mdat?.type !== "mdat") {
      throw new Mp4Error("It is not one moof and one mdat after the other");
    }
    fragments.push(readFragment(moof, mdat));
  }
  return fragments;
}

function readFragment(moof: Box, mdat: Box): Fragment {
  const mfhd = only(boxes(moof.body), "mfhd").body;
  const traf = boxes(only(boxes(moof.body), "traf").body);
  const tfhd = only(traf, "tfhd").body;
  const tfdt = only(traf, "tfdt").body;
  const trun = only(traf, "trun").body;
  if ((tfhd.getUint32(0) & 0xffffff) !== 0x020008) throw new Mp4Error("tfhd has other flags");
  if ((trun.getUint32(0) & 0xffffff) !== 0x000201) throw new Mp4Error("trun has other flags");
  const samples = trun.getUint32(4);
  let size = 0;
  for (let i = 0; i < samples; i++) size += trun.getUint32(12 + 4 * i);
  if (trun.byteLength !== 12 + 4 * samples) throw new Mp4Error("trun is too long");
  if (size !== mdat.body.byteLength) throw new Mp4Error("The samples do not fill mdat");
  if (moof.start + trun.getUint32(8) !== mdat.start + 8) {
    throw new Mp4Error("The data offset does not lead to the data");
  }
  return {
    sequence: mfhd.getUint32(4),
    decodeTime: tfdt.getUint8(0) === 1 ? Number(tfdt.getBigUint64(4)) : tfdt.getUint32(4),
    samples,
    sampleDuration: tfhd.getUint32(8),
  };
}

function only(list: readonly Box[], type: string): Box {
  const found = list.filter((box) => box.type === type);
  const [box] = found;
  if (box === undefined || found.length > 1) throw new Mp4Error(`It has ${found.length} ${type}`);
  return box;
}

function flatten(list: readonly Box[]): Box[] {
  return list.flatMap((box) => CONTAINERS.has(box.type) ? flatten(boxes(box.body)) : [box]);
}

function boxes(parent: DataView): Box[] {
  const found: Box[] = [];
  for (let at = 0; at < parent.byteLength;) {
    if (at + 8 > parent.byteLength) throw new Mp4Error("A box is cut off");
    const size = parent.getUint32(at);
    if (size < 8 || at + size > parent.byteLength) throw new Mp4Error("A box has a wrong size");
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => parent.getUint8(at + i)));
    const body = new DataView(parent.buffer, parent.byteOffset + at + 8, size - 8);
    found.push({ type, start: at, body });
    at += size;
  }
  return found;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
