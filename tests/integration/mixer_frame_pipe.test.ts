import assert from "node:assert/strict";
import { FramePipe } from "../../src/media/mixer/frame_pipe.ts";
import { tempDir } from "../support/temp_dir.ts";

/** An ADTS frame as the rooms have them: AAC-LC, 48 kHz, mono. */
function adts(...payload: number[]): Uint8Array<ArrayBuffer> {
  const length = 7 + payload.length;
  const header = [0xff, 0xf1, 0x4c, 0x40, length >> 3, ((length & 7) << 5) | 0x1f, 0xfc];
  return Uint8Array.from([...header, ...payload]);
}

Deno.test("FramePipe.read() gives what was written since, at once and also when that is nothing", async () => {
  await using dir = await tempDir();
  const pipe = await FramePipe.create(`${dir.path}/frames`);
  try {
    assert.deepEqual(pipe.read(), [], "no writer");
    using writer = await Deno.open(pipe.path, { write: true });
    assert.deepEqual(pipe.read(), [], "a writer that has written nothing");
    await writer.write(adts(1, 2, 3));
    await writer.write(adts(4));
    assert.deepEqual(pipe.read(), [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
    assert.deepEqual(pipe.read(), []);
    await writer.write(adts(0, 0));
    assert.deepEqual(pipe.read(), [Uint8Array.of(0, 0)]);
  } finally {
    await pipe.remove();
  }
});

Deno.test("FramePipe.clear() forgets half a frame, so that the next writer's first one is whole", async () => {
  await using dir = await tempDir();
  const pipe = await FramePipe.create(`${dir.path}/frames`);
  try {
    using writer = await Deno.open(pipe.path, { write: true });
    await writer.write(adts(1, 2, 3).subarray(0, 8));
    assert.deepEqual(pipe.read(), []);
    pipe.clear();
    await writer.write(adts(9));
    assert.deepEqual(pipe.read(), [Uint8Array.of(9)]);
  } finally {
    await pipe.remove();
  }
});

Deno.test("FramePipe.read() gives all that a full pipe holds", async () => {
  await using dir = await tempDir();
  const pipe = await FramePipe.create(`${dir.path}/frames`);
  try {
    using writer = await Deno.open(pipe.path, { write: true });
    const frame = adts(...new Array(1017).fill(7));
    for (let written = 0; written < 64; written++) writer.writeSync(frame);
    assert.equal(pipe.read().length, 64);
    assert.deepEqual(pipe.read(), []);
  } finally {
    await pipe.remove();
  }
});

Deno.test("FramePipe.create() says why there can be no pipe, and remove() leaves nothing", async () => {
  await using dir = await tempDir();
  await assert.rejects(() => FramePipe.create(`${dir.path}/missing/frames`), /No such file/);
  const pipe = await FramePipe.create(`${dir.path}/frames`);
  await pipe.remove();
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
});
