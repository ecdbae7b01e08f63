import assert from "node:assert/strict";
import fc from "fast-check";
import { clientAddress } from "../../src/platform/client_address.ts";

const from = (hostname: string) => ({ remoteAddr: { transport: "tcp", hostname, port: 1 } });

Deno.test("clientAddress() takes the last hop when a proxy on this machine forwards it", () => {
  for (const loopback of ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"]) {
    assert.equal(clientAddress(from(loopback), "10.9.9.9, 203.0.113.7"), "203.0.113.7");
  }
});

Deno.test("clientAddress() takes the peer when it is not local, whatever it claims", () => {
  assert.equal(clientAddress(from("203.0.113.7"), "127.0.0.1"), "203.0.113.7");
  assert.equal(clientAddress(from("::ffff:203.0.113.7"), "10.0.0.1"), "203.0.113.7");
});

Deno.test("clientAddress() takes the peer when the last hop is no address", () => {
  for (const forwarded of [undefined, "", "x", "10.0.0.1,", "10.0.0.1, unknown", "1.2.3.4:80"]) {
    assert.equal(clientAddress(from("127.0.0.1"), forwarded), "127.0.0.1");
  }
});

Deno.test("clientAddress() counts an IPv6 subscriber by the /64 however it is written", () => {
  for (
    const address of [
      "2001:db8:0:7::1",
      "2001:DB8:0:7:ffff:1:2:3",
      "2001:0db8:0000:0007:0000:0000:0000:0001",
      "2001:db8:0:7::192.0.2.1",
    ]
  ) {
    assert.equal(clientAddress(from(address), undefined), "2001:db8:0:7::/64");
  }
  assert.equal(clientAddress(from("fe80::1%eth0"), undefined), "fe80:0:0:0::/64");
});

Deno.test("clientAddress() gives unknown when the server says nothing of the connection", () => {
  for (const info of [undefined, null, {}, { remoteAddr: { path: "/x.sock" } }]) {
    assert.equal(clientAddress(info, "203.0.113.7"), "unknown");
  }
});

Deno.test("clientAddress() gives a short key without spaces when any address comes", () => {
  fc.assert(fc.property(fc.oneof(fc.ipV6(), fc.ipV4(), fc.string()), (forwarded) => {
    assert.match(clientAddress(from("127.0.0.1"), forwarded), /^[0-9a-f:./]{2,24}$/);
  }));
});
