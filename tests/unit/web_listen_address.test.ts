import assert from "node:assert/strict";
import { playlistAddress } from "../../web/src/client/listen_address.ts";

Deno.test("playlistAddress() puts the link's proof into the path, and nothing else that stands behind the #", () => {
  assert.equal(playlistAddress("tea", "", false), "/hls/tea/index.m3u8");
  assert.equal(playlistAddress("tea", "#~1.key1.a-_b", false), "/hls/tea/~1.key1.a-_b/index.m3u8");
  assert.equal(playlistAddress("tea", "#~1.key1.ab", true), "/hls/tea/~1.key1.ab/ts/index.m3u8");
  for (const hash of ["#main", "#~../../x", "#~a/b", "#~", "#~1?x"]) {
    assert.equal(playlistAddress("tea", hash, false), "/hls/tea/index.m3u8", hash);
  }
});
