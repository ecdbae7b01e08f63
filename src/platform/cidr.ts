import { isIP } from "node:net";

/** A range of addresses. IPv4 counts as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2). */
export interface Cidr {
  readonly network: bigint;
  /** How many of the 128 bits name the network. */
  readonly prefix: number;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or an address alone; null for anything else. */
export function parseCidr(text: string): Cidr | null {
  const [address = "", length, more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more !== undefined || address.includes("%")) return null;
  const bits = version === 4 ? 32 : 128;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return null;
  const given = length === undefined ? bits : Number(length);
  if (given > bits) return null;
  const prefix = version === 4 ? 96 + given : given;
  const rest = BigInt(128 - prefix);
  return { network: addressBits(address) >> rest << rest, prefix };
}

/** Whether a valid address lies in the range. */
export function isWithin({ network, prefix }: Cidr, address: string): boolean {
  const rest = BigInt(128 - prefix);
  return addressBits(address) >> rest === network >> rest;
}

/** The 128 bits of a valid address; an IPv6 zone is left out of account. */
export function addressBits(address: string): bigint {
  const groups = ipGroups(address);
  return groups.reduce((bits, group) => bits << 16n | BigInt(group), 0n);
}

/** The eight groups of a valid address (RFC 4291 §2.2). */
export function ipGroups(address: string): number[] {
  const bare = address.replace(/%.*$/, "");
  const full = isIP(bare) === 4 ? `::ffff:${bare}` : bare;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(full);
  const plain = dotted === null ? full : dotted[1] + [dotted.slice(2, 4), dotted.slice(4, 6)]
    .map((pair) => (Number(pair[0]) * 256 + Number(pair[1])).toString(16)).join(":");
  const [head = "", tail] = plain.split("::");
  const groups = (text: string) =>
    text === "" ? [] : text.split(":").map((hex) => parseInt(hex, 16));
  if (tail === undefined) return groups(head);
  const [left, right] = [groups(head), groups(tail)];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}
