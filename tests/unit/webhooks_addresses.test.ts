import assert from "node:assert/strict";
import { addressKind } from "../../src/control/webhooks/addresses.ts";

const KINDS = {
  public: ["8.8.8.8", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:8.8.8.8"],
  private: [
    ...["10.0.0.1", "127.0.0.1", "127.255.0.1", "172.16.5.4", "192.168.1.1", "100.64.0.1"],
    ...["::1", "fd12::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::FFFF:10.1.2.3"],
  ],
  nowhere: [
    ...["0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255", "100.100.100.200"],
    ...["::", "fe80::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1"],
    ...["::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::127.0.0.1", "fd00:ec2::254"],
    ...["", "localhost", "127.1", "0x7f000001", "10.0.0.1:80", "fe80::1%eth0"],
  ],
} as const;

for (const [kind, addresses] of Object.entries(KINDS)) {
  Deno.test(`addressKind() says ${kind} when it is`, () => {
    for (const address of addresses) assert.equal(addressKind(address), kind, address);
  });
}
