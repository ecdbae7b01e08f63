import assert from "node:assert/strict";
import fc from "fast-check";
import { clientAddress, trustedProxies } from "../../src/platform/client_address.ts";

const from = (hostname: string) => ({ remoteAddr: { transport: "tcp", hostname, port: 1 } });

Deno.test("clientAddress() takes the last hop when a proxy on this machine forwards it", () => {
  for (const loopback of ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"]) {
    assert.equal(clientAddress(from(loopback), "10.9.9.9, 203.0.113.7"), "203.0.113.7");
  }
});

const INSIDE = trustedProxies(["127.0.0.1", "10.0.0.0/8", "2001:db8:ff::/48"]);

Deno.test("clientAddress() goes back through trusted proxies to the first hop that is not one", () => {
  const via = (peer: string, forwarded: string) => clientAddress(from(peer), forwarded, INSIDE);
  assert.equal(via("10.1.2.3", "203.0.113.7"), "203.0.113.7");
  assert.equal(via("10.1.2.3", "6.6.6.6, 203.0.113.7, 10.9.9.9"), "203.0.113.7");
  assert.equal(via("::ffff:10.1.2.3", "203.0.113.7,10.0.0.1 , 127.0.0.1"), "203.0.113.7");
  assert.equal(via("2001:db8:ff::1", "2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
  assert.equal(via("2001:db8:fe::1", "203.0.113.7"), "2001:db8:fe:0::/64");
  // Not on the list any more once it is given.
  assert.equal(via("127.0.0.2", "203.0.113.7"), "127.0.0.2");
  // All are ours: the farthest one.
  assert.equal(via("10.1.2.3", "10.0.0.7, 10.0.0.8"), "10.0.0.7");
});

Deno.test("clientAddress() reads hops with ports, and stops at what is no address", () => {
  const via = (forwarded: string) => clientAddress(from("10.1.2.3"), forwarded, INSIDE);
  assert.equal(via("203.0.113.7:51111"), "203.0.113.7");
  assert.equal(via("[2001:db8:1:2::9]:443"), "2001:db8:1:2::/64");
  assert.equal(via("[2001:db8:1:2::9]"), "2001:db8:1:2::/64");
  for (const odd of ["unknown", "", " ", "1.2.3", "1.2.3.4:", "[1.2.3.4", "203.0.113.7, _hidden"]) {
    assert.equal(via(odd), "10.1.2.3", odd);
  }
  const endless = Array(10_000).fill("10.0.0.1").join(", ");
  assert.equal(via(`6.6.6.6, ${endless}`), "10.0.0.1");
});

Deno.test("clientAddress() cannot be told who one is by a stranger, whatever they send", () => {
  fc.assert(fc.property(fc.ipV4(), fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (mine, claim) => {
    fc.pre(!mine.startsWith("10.") && mine !== "127.0.0.1");
    const forwarded = `${claim}, ${mine}`;
    assert.equal(clientAddress(from("10.1.2.3"), forwarded, INSIDE), mine);
    assert.equal(clientAddress(from(mine), forwarded, INSIDE), mine);
  }));
});

Deno.test("trustedProxies() refuses what is neither an address nor a range", () => {
  for (
    const text of [
      "",
      "10.0.0.0/33",
      "10.0.0.0/-1",
      "10.0.0/8",
      "::/129",
      "a",
      "1.2.3.4/8/8",
      "fe80::1%eth0",
      "1.2.3.4/08",
    ]
  ) {
    assert.throws(() => trustedProxies([text]), RangeError, text);
  }
  const all = trustedProxies(["0.0.0.0/0", "::/0"]);
  assert.equal(clientAddress(from("203.0.113.7"), "198.51.100.1", all), "198.51.100.1");
});

Deno.test("clientAddress() takes the peer when it is not local, whatever it claims", () => {
  assert.equal(clientAddress(from("203.0.113.7"), "127.0.0.1"), "203.0.113.7");
  assert.equal(clientAddress(from("::ffff:203.0.113.7"), "10.0.0.1"), "203.0.113.7");
});

Deno.test("clientAddress() takes the peer when the last hop is no address", () => {
  for (const forwarded of [undefined, "", "x", "10.0.0.1,", "10.0.0.1, unknown", "1.2.3.4:x"]) {
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
