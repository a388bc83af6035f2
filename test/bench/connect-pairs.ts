/** Connects the issuers and payers of a benchmark to what is measured. */
import { createTokens } from "../../server/tokens.ts";
import { type Line, type OpenLine, openLine } from "./line.ts";
import { actAsIssuer, actAsPayer, type Identity, type Pair, pairOf } from "./negotiate.ts";

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
  /** The kind of their lines; by hand unless given. */
  open?: OpenLine;
  /** The number of the first issuer and payer, so that circles can be kept apart. */
  first?: number;
}

export interface Pairs {
  readonly list: readonly Pair[];
  /** The terminals of the issuers, in order. */
  readonly issuers: readonly Line[];
  close(): void;
}

/** Connects `issuer-<n>` and `payer-<n>`, whose account is the one that the servers make for each payer. */
export async function connectPairs(circle: Circle): Promise<Pairs> {
  const { url, payersUrl = url, pairs, issuers = pairs, payers = pairs, first = 0, open = openLine } = circle;
  const issuerLines = await inOrder(issuers, async (index) => {
    const line = await open(url, await identityOf(`issuer-${first + index}`));
    actAsIssuer(line);
    return line;
  });
  const payerLines = await inOrder(payers, async (index) => {
    const line = await open(payersUrl, await identityOf(`payer-${first + index}`));
    actAsPayer(line, account);
    return line;
  });
  const list = Array.from({ length: pairs }, (_, index) =>
    pairOf(issuerLines[index % issuers] as Line, {
      party: `payer-${first + (index % payers)}`,
      line: payerLines[index % payers] as Line,
    }),
  );
  return {
    list,
    issuers: issuerLines,
    close: () => {
      for (const line of [...issuerLines, ...payerLines]) line.close();
    },
  };
}

async function inOrder<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) made.push(await make(made.length));
  return made;
}

/** A party and its token; with `operator` it is one. */
export async function identityOf(party: string, operator = false): Promise<Identity> {
  const tokens = await createTokens({ JWT_SECRET: SECRET, DATA_DIR: "" });
  return { party, token: (await tokens.sign?.({ party, operator, ttlSeconds: 36_000 })) as string };
}
