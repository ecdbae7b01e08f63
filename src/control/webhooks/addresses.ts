import { BlockList, isIP } from "node:net";

type Subnet = readonly [address: string, prefix: number];

/** Where nobody has a receiver: IANA's special-purpose registries, and where clouds serve credentials to machines. */
const NOWHERE: readonly Subnet[] = [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["100.100.100.200", 32],
  // Addresses with an IPv4 one inside, which a translator would unwrap: NAT64, Teredo, 6to4.
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2001::", 32],
  ["2002::", 16],
  ["100::", 64],
  ["2001:db8::", 32],
  ["3fff::", 20],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
  ["fd00:ec2::254", 128],
];

/** Our own networks and this machine. */
const PRIVATE: readonly Subnet[] = [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["fc00::", 7],
];

export type AddressKind = "public" | "private" | "nowhere";

const nowhere = blockList(NOWHERE);
const ours = blockList(PRIVATE);

/**
 * What an IP address is to a server that calls URLs of strangers. An IPv4 one written as IPv6 (`::ffff:…`) is what it is
 * as IPv4; what is no address, or good on one link only, leads nowhere.
 */
export function addressKind(address: string): AddressKind {
  const version = isIP(address);
  if (version === 0 || address.includes("%")) return "nowhere";
  const family = version === 4 ? "ipv4" : "ipv6";
  if (address === "::1") return "private";
  if (nowhere.check(address, family)) return "nowhere";
  return ours.check(address, family) ? "private" : "public";
}

function blockList(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) {
    list.addSubnet(address, prefix, isIP(address) === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
