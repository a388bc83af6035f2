/** Where an endpoint is: its name is asked of the DNS, and what that answers is looked at, before anything is sent. */

import type { LookupAddress } from "node:dns";
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import type { Settings } from "../config.ts";
import { isPublicAddress } from "./public-address.ts";

/** How the network is reached. */
export interface Network {
  /** Takes http, and addresses that are not public. */
  allowPrivate: boolean;
  /** In place of the machine's own, as `address:port`. */
  nameServers?: readonly string[] | undefined;
}

/** The network as the settings have it. */
export function networkOf({ WEBHOOK_ALLOW_PRIVATE }: Pick<Settings, "WEBHOOK_ALLOW_PRIVATE">): Network {
  return { allowPrivate: WEBHOOK_ALLOW_PRIVATE === "yes" };
}

export type FoundAddress =
  | { kind: "found"; url: URL; addresses: LookupAddress[] }
  /** `isLasting`: no other answer of the DNS would change it. */
  | { kind: "not_allowed"; reason: string; isLasting: boolean }
  | { kind: "unknown"; reason: string };

/** How long one question to a name server may take, milliseconds, and how often it is put. */
const QUESTION_MS = 2_000;
const TRIES = 2;

/** Of several addresses all have to be allowed, since any may be the one that is taken. */
export async function findAddress(
  text: string,
  network: Network,
  signal?: AbortSignal,
): Promise<FoundAddress> {
  const url = readUrl(text, network);
  if (typeof url === "string") return { kind: "not_allowed", reason: url, isLasting: true };
  const name = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const isAddress = isIP(name) !== 0;
  const found = isAddress ? [name] : await addressesOf(name, network, signal);
  if (found.length === 0) return { kind: "unknown", reason: `${name} has no address` };
  const isAllowed = network.allowPrivate || found.every(isPublicAddress);
  if (!isAllowed)
    return { kind: "not_allowed", reason: `${name} is not a public address`, isLasting: isAddress };
  return { kind: "found", url, addresses: found.map((address) => ({ address, family: isIP(address) })) };
}

/** A URL is read without some of these, so that it is another than it looks; and PostgreSQL keeps no text with a NUL. */
const CONTROL = /\p{Cc}/u;

/** The address as a URL, or what is wrong with it. */
function readUrl(text: string, { allowPrivate }: Network): URL | string {
  if (CONTROL.test(text)) return "it must not have control characters in it";
  if (!URL.canParse(text)) return "it is no URL";
  const url = new URL(text);
  const isHttp = url.protocol === "http:";
  if (url.protocol !== "https:" && !(allowPrivate && isHttp))
    return isHttp
      ? "it has to begin with https://, unless WEBHOOK_ALLOW_PRIVATE=yes"
      : "it has to begin with https://";
  if (url.username !== "" || url.password !== "") return "it must have no name and no password in it";
  if (text.includes("#")) return "it must have no fragment (#) in it: that is never sent";
  if (url.port === "0") return "there is no port 0";
  return url;
}

/** It asks name servers by itself: the system's way would take one of the few threads that the whole hub has for such things. */
async function addressesOf(name: string, { nameServers }: Network, signal?: AbortSignal): Promise<string[]> {
  if (name === "localhost" || name.endsWith(".localhost")) return ["127.0.0.1", "::1"];
  const resolver = new Resolver({ timeout: QUESTION_MS, tries: TRIES });
  if (nameServers) resolver.setServers(nameServers);
  const stop = () => resolver.cancel();
  signal?.addEventListener("abort", stop);
  try {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
