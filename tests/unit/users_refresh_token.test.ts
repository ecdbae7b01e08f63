import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatRefreshToken,
  hashOf,
  newNonce,
  newRefreshToken,
  parseRefreshToken,
  successorOf,
} from "../../src/control/users/refresh_token.ts";

Deno.test("parseRefreshToken() gives back a token and its successors when they were formatted", () => {
  let token = newRefreshToken();
  for (let n = 0; n < 50; n++) {
    assert.deepEqual(parseRefreshToken(formatRefreshToken(token)), token);
    token = successorOf(token, newNonce());
  }
});

Deno.test("parseRefreshToken() gives null when a text is no token", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
    const token = parseRefreshToken(text);
    assert.equal(token === null ? text : formatRefreshToken(token), text);
  }));
  const text = formatRefreshToken(newRefreshToken());
  for (
    const other of [`${text}\n`, `\n${text}`, text.replace(".", "*"), text.slice(1), `${text}=`]
  ) {
    assert.equal(parseRefreshToken(other), null);
  }
});

Deno.test("successorOf() depends on the token and the nonce, and on nothing else", () => {
  const [token, other] = [newRefreshToken(), newRefreshToken()];
  const nonce = newNonce();
  assert.deepEqual(successorOf(token, nonce), successorOf(token, nonce));
  assert.equal(successorOf(token, nonce).family, token.family);
  const hashes = [token, successorOf(token, nonce), successorOf(token, newNonce())]
    .concat(successorOf(other, nonce)).map(hashOf);
  assert.equal(new Set(hashes).size, 4);
});
