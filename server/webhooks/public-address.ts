/** Which addresses lie in the public internet: by IANA's registries of special-purpose addresses, RFC 6890. */
import { BlockList, isIP } from "node:net";

const NOT_PUBLIC_4 = [
  ["0.0.0.0", 8, "this network"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "a provider's own (CGNAT)"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "link-local, metadata of clouds"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "protocols"],
  ["192.0.2.0", 24, "documents"],
  ["192.31.196.0", 24, "AS112"],
  ["192.52.193.0", 24, "AMT"],
  ["192.88.99.0", 24, "6to4 relays"],
  ["192.168.0.0", 16, "private"],
  ["192.175.48.0", 24, "AS112"],
  ["198.18.0.0", 15, "benchmarks"],
  ["198.51.100.0", 24, "documents"],
  ["203.0.113.0", 24, "documents"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved, broadcast"],
] as const;

/** What is given out; all else is private, mapped, translated (NAT64), link-local, multicast or reserved. */
const GIVEN_OUT_6 = ["2000::", 3] as const;
const NOT_PUBLIC_6 = [
  ["2001::", 23, "protocols, Teredo"],
  ["2001:db8::", 32, "documents"],
  ["2002::", 16, "6to4, which has any IPv4 address inside"],
  ["2620:4f:8000::", 48, "AS112"],
  ["3fff::", 20, "documents"],
] as const;

const special = new BlockList();
for (const [network, bits] of NOT_PUBLIC_4) special.addSubnet(network, bits, "ipv4");
for (const [network, bits] of NOT_PUBLIC_6) special.addSubnet(network, bits, "ipv6");
const givenOut = new BlockList();
givenOut.addSubnet(...GIVEN_OUT_6, "ipv6");

/** @param address an IPv4 or IPv6 address, without brackets; whatever is none is not public. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, "ipv4");
  return family === 6 && givenOut.check(address, "ipv6") && !special.check(address, "ipv6");
}
