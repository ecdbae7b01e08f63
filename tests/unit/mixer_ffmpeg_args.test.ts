import assert from "node:assert/strict";
import fc from "fast-check";
import { ffmpegArgs } from "../../src/media/mixer/ffmpeg_args.ts";

const CLASSIC = { dir: "/data/hls", prefix: "live0001", startNumber: 850_000_000 };

/** The value after a flag. */
function after(args: readonly string[], flag: string): string | undefined {
  return args[args.indexOf(flag) + 1];
}

Deno.test("ffmpegArgs() takes the session from standard input, bound to one address", () => {
  const args = ffmpegArgs("10.0.0.2", "/run/frames", CLASSIC);
  assert.equal(after(args, "-i"), "pipe:0");
  assert.equal(after(args, "-localaddr"), "10.0.0.2");
  assert.equal(after(args, "-reorder_queue_size"), "0");
  assert.ok(args.indexOf("-localaddr") < args.indexOf("-i"), "an input option");
  assert.ok(args.indexOf("-c:a") > args.indexOf("-i"), "an output option");
});

Deno.test("ffmpegArgs() writes frames to a pipe, and classic HLS that may fail", () => {
  const tee = ffmpegArgs("10.0.0.2", "/run/frames", CLASSIC).at(-1) ?? "";
  const [frames = "", classic = ""] = tee.split("|");
  assert.equal(frames, "[f=adts:flush_packets=1]/run/frames");
  assert.match(classic, /onfail=ignore\]\/data\/hls\/index\.m3u8$/);
  assert.match(classic, /start_number=850000000:/);
  assert.match(classic, /hls_segment_filename=\/data\/hls\/live0001-%d\.ts:/);
});

Deno.test("ffmpegArgs() lets no folder's name be read as tee syntax", () => {
  const name = fc.string({
    unit: fc.constantFrom("a", "|", ":", "[", "]", "'", "\\", " "),
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(fc.property(name, (hostile) => {
    const args = ffmpegArgs("10.0.0.2", `/${hostile}/p`, { ...CLASSIC, dir: `/${hostile}` });
    assert.equal(args.length, ffmpegArgs("10.0.0.2", "/run/frames", CLASSIC).length);
    const bare = (args.at(-1) ?? "").replace(/\\./g, "");
    assert.equal(bare.split("|").length, 2);
    assert.equal(bare.match(/[[\]]/g)?.length, 4);
    assert.ok(!bare.includes("'"));
  }));
});
