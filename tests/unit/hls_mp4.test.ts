import assert from "node:assert/strict";
import fc from "fast-check";
import { audioSpecificConfig, concat, fragment, initSegment, renumber } from "../../src/hls/mp4.ts";
import { ENCODING } from "../../src/hls/encoding.ts";
import { encodeSilence } from "../support/silence.ts";
import { readFragments, readTimescale } from "../support/hls/fmp4.ts";

/** What FFmpeg makes of a file. */
async function probe(file: Uint8Array): Promise<{
  streams: { codec_name?: string; profile?: string; sample_rate?: string; channels?: number }[];
  packets: { pts: number; duration: number; size: string }[];
  errors: string;
}> {
  const path = await Deno.makeTempFile({ suffix: ".mp4" });
  try {
    await Deno.writeFile(path, file);
    const { stdout, stderr } = await new Deno.Command("ffprobe", {
      args: [
        ...["-v", "warning", "-of", "json", "-show_entries"],
        ...["stream=codec_name,profile,sample_rate,channels:packet=pts,duration,size", path],
      ],
      stdout: "piped",
      stderr: "piped",
    }).output();
    return {
      ...JSON.parse(new TextDecoder().decode(stdout)),
      errors: new TextDecoder().decode(stderr),
    };
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("FFmpeg reads initSegment() and fragment() without a complaint, frame by frame", async () => {
  const silence = await encodeSilence("ffmpeg");
  const ten = Array.from({ length: 10 }, () => silence);
  const file = concat([
    initSegment(ENCODING),
    fragment(1, 0n, ten),
    fragment(2, 10_240n, ten),
    fragment(3, 20_480n, ten.slice(5)),
  ]);
  const { streams, packets, errors } = await probe(file);
  assert.equal(errors, "");
  const [{ codec_name, profile, sample_rate, channels } = {}, ...more] = streams;
  assert.deepEqual([codec_name, profile, sample_rate, channels], ["aac", "LC", "48000", 1]);
  assert.deepEqual(more, []);
  assert.deepEqual(packets.map(({ pts }) => pts), Array.from({ length: 25 }, (_, i) => i * 1024));
  assert.ok(packets.every(({ size }) => Number(size) === silence.length));
});

Deno.test("fragment() holds every frame at its place in time, whatever their sizes", () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 50 });
  fc.assert(fc.property(frames, fc.bigInt(0n, 2n ** 52n), fc.nat(), (list, first, sequence) => {
    const bytes = fragment(sequence, first, list);
    assert.deepEqual(readFragments(bytes), [{
      sequence,
      decodeTime: Number(first),
      samples: list.length,
      sampleDuration: 1024,
    }]);
    const data = concat(list);
    assert.deepEqual(bytes.slice(bytes.length - data.length), data);
  }));
});

Deno.test("renumber() gives the fragment that would have been made with that number, and changes no other", () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 50 });
  const time = fc.bigInt(0n, 2n ** 52n);
  fc.assert(fc.property(frames, time, time, fc.nat(), fc.nat(), (list, first, later, a, b) => {
    const bytes = fragment(a, first, list);
    assert.deepEqual(renumber(bytes, b, later), fragment(b, later, list));
    assert.deepEqual(bytes, fragment(a, first, list));
  }));
  assert.equal(renumber(initSegment(ENCODING), 1, 0n), null);
  fc.assert(fc.property(fc.uint8Array(), (any) => assert.equal(renumber(any, 1, 0n), null)));
});

Deno.test("initSegment() has the sample rate as its timescale", () => {
  assert.equal(readTimescale(initSegment(ENCODING)), 48_000);
});

Deno.test("audioSpecificConfig() says AAC-LC, and refuses a rate it cannot say", () => {
  assert.deepEqual([...audioSpecificConfig(ENCODING)], [0x11, 0x88]);
  assert.throws(() => audioSpecificConfig({ ...ENCODING, sampleRate: 12_345 }), RangeError);
});
