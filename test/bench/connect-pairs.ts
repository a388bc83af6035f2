/** Connects the issuers and payers of a benchmark to what is measured. */
import type { Socket } from "socket.io-client";
import { createTokens } from "../../server/tokens.ts";
import { connectIssuer, connectPayer, type Identity, type Pair, pairOf } from "./negotiate.ts";

export const SECRET = "a secret for benchmarks, of 32 bytes or more";
export const account = { number: "6222020200112233", holder: "Acme Ltd" };

/** Who negotiates, and at which hubs. */
export interface Circle {
  /** Where the issuers are connected. */
  url: string;
  /** Where the payers are connected, when that is another hub. */
  payersUrl?: string;
  /** How many negotiate at once. */
  pairs: number;
  /** By how many issuers, each at one terminal; one for each pair unless given. */
  issuers?: number;
  /** With how many payers, each at one terminal; one for each pair unless given. */
  payers?: number;
  /** The number of the first issuer and payer, so that circles can be kept apart. */
  first?: number;
}

export interface Pairs {
  readonly list: readonly Pair[];
  close(): void;
}

/** Connects `issuer-<n>` and `payer-<n>`, whose account is the one that the servers make for each payer. */
export async function connectPairs(circle: Circle): Promise<Pairs> {
  const { url, payersUrl = url, pairs, issuers = pairs, payers = pairs, first = 0 } = circle;
  const issuerSockets = await inOrder(issuers, async (index) =>
    connectIssuer(url, await identityOf(`issuer-${first + index}`)),
  );
  const payerSockets = await inOrder(payers, async (index) =>
    connectPayer(payersUrl, { ...(await identityOf(`payer-${first + index}`)), account }),
  );
  const list = Array.from({ length: pairs }, (_, index) =>
    pairOf(issuerSockets[index % issuers] as Socket, {
      party: `payer-${first + (index % payers)}`,
      socket: payerSockets[index % payers] as Socket,
    }),
  );
  return {
    list,
    close: () => {
      for (const socket of [...issuerSockets, ...payerSockets]) socket.disconnect();
    },
  };
}

async function inOrder<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) made.push(await make(made.length));
  return made;
}

/** A party and its token. */
export async function identityOf(party: string): Promise<Identity> {
  const tokens = await createTokens({ JWT_SECRET: SECRET, DATA_DIR: "" });
  return { party, token: (await tokens.sign?.({ party, ttlSeconds: 36_000 })) as string };
}
