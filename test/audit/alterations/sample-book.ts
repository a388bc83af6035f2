/** A book with an issuance of each kind that matters, and what alters its store. */
import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import * as assert from "uvu/assert";
import type { AuditRule } from "../../../server/audit/findings.ts";
import type { Accounts } from "../../../server/ledger/accounts.ts";
import { openBook } from "../../../server/ledger/book.ts";
import { BookWatch } from "../../../server/ledger/book-watch.ts";
import {
  accountKeys,
  issuanceKeys,
  openMember,
  partitionKeys,
  voucherKey,
} from "../../../server/ledger/keys.ts";
import { Ledger } from "../../../server/ledger/ledger.ts";
import { pack, unpack } from "../../../server/ledger/packing.ts";
import type { Store } from "../../../server/redis/connect.ts";
import type { TestLedger } from "../../ledger/start-ledger.ts";

/** What is altered, how, and the rules of the audit that then find something: these and no others. */
export type Alteration = [what: string, alter: (book: SampleBook) => Promise<unknown>, ...rules: AuditRule[]];

export const NUMBER = "6222020200112233";
export const OTHER = "6222020200445566";
export const EMPTY = "6222020200778899";
export const PUBLIC_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/** The end of the id of an issuance that there is not. */
export const NOWHERE = "AAAAAAAAAAAAAAAA";

/** An entry of a journal as Redis gives it: names and values in turn. */
export const eventIs = (type: string) => (fields: string[]) => fields[3]?.split("|")[1] === type;

type SampleIds = Record<"issued" | "proposed" | "verified" | "declined" | "fenced", string>;

export interface SampleBook {
  readonly store: Store;
  readonly client: Redis;
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  readonly ids: SampleIds;
  /** The partitions of the payer, and of the issuer. */
  home(): number;
  shops(): number;
  account(number?: string): ReturnType<typeof accountKeys>;
  record(issuanceId: string): string;
  memberOf(issuanceId: string, party: string): Promise<string>;
  /** Sets one part of a packed field of a record. */
  setPart(issuanceId: string, field: "o" | "s" | "a", position: number, value: string): Promise<void>;
  /** Sets one part of a voucher's terms, or of how it stands. */
  setTerm(issuanceId: string, position: number, value: string): Promise<void>;
  setStanding(issuanceId: string, position: number, value: string): Promise<void>;
  /** Writes the payer's journal anew, its entries altered or left out. */
  rewriteJournal(alter: (fields: string[]) => string[] | undefined): Promise<void>;
}

/** Empties the ledger's store and begins a book there, which a ledger serves that knows nothing of the one before. */
export async function beginSampleBook({ store, options }: TestLedger, client: Redis): Promise<SampleBook> {
  await client.flushall();
  const book = new BookWatch({ store, book: await openBook(store, options.partitions) });
  const ledger = new Ledger({ ...options, book });
  const ids = await fill(ledger);
  return { store, client, ledger, accounts: ledger.accounts, ids, ...tools(ledger, client) };
}

async function fill(ledger: Ledger): Promise<SampleIds> {
  const { accounts } = ledger;
  for (const number of [NUMBER, OTHER, EMPTY]) {
    const body = { kind: "funds", holder: "Acme Ltd", currency: "CNY", balance: 1_000_00 } as const;
    await accounts.put({ party: "acme", number }, body);
  }
  await accounts.adjust({ party: "acme", number: NUMBER }, { amount: 500, reference: "deposit-1" });
  const ids = {
    issued: await reach(ledger, "issued", ["agree", "open", "submit", "accept"]),
    proposed: await reach(ledger, "proposed", []),
    verified: await reach(ledger, "verified", ["agree", "open", "submit"]),
    declined: await reach(ledger, "declined", ["decline"]),
    fenced: await reach(ledger, "fenced", []),
  };
  await ledger.fences.fence(ids.fenced, { party: "acme", version: 9 });
  await ledger.publishedKeys.publish({ x: PUBLIC_KEY, until: Date.now() + 3_600_000 });
  return ids;
}

type Step = "agree" | "open" | "submit" | "accept" | "decline";

async function reach(ledger: Ledger, commandId: string, steps: readonly Step[]): Promise<string> {
  const offer = { payer: "acme", amount: 1000, currency: "CNY", review: "every", memo: "steel" } as const;
  const made = await ledger.requestPayer({ party: "shop" }, { commandId, ...offer });
  assert.ok(made.kind === "done");
  const { issuanceId } = made.snapshot;
  const [shop, acme] = [{ party: "shop" }, { party: "acme" }];
  for (const step of steps) {
    const intent = { commandId: `${commandId}-${step}`, issuanceId };
    const account = { number: NUMBER, holder: "Acme Ltd" };
    const take = {
      agree: () => ledger.execute("payer:agree", acme, intent),
      open: () => ledger.execute("issuance:open", shop, intent),
      submit: () => ledger.execute("account:submit", acme, { ...intent, account }),
      accept: () => ledger.execute("issuance:accept", shop, intent),
      decline: () => ledger.execute("payer:decline", acme, intent),
    };
    // No two events have the same time.
    await setTimeout(2);
    assert.is((await take[step]()).kind, "done");
  }
  return issuanceId;
}

type Tools = Omit<SampleBook, "store" | "client" | "ledger" | "accounts" | "ids">;

function tools(ledger: Ledger, client: Redis): Tools {
  const home = () => ledger.partitionOf("acme");
  const record = (id: string) => issuanceKeys(id)[0];
  const setPart = async (key: string, field: string, position: number, value: string) => {
    const parts = unpack((await client.hget(key, field)) ?? "");
    await client.hset(key, field, pack(parts.with(position, value)));
  };
  return {
    home,
    shops: () => ledger.partitionOf("shop"),
    account: (number = NUMBER) => accountKeys({ partition: home(), party: "acme", number }),
    record,
    memberOf: async (id, party) => {
      const indexedAt = unpack((await client.hget(record(id), "o")) ?? "")[7] ?? "";
      return openMember({ party, indexedAt, issuanceId: id });
    },
    setPart: (id, field, position, value) => setPart(record(id), field, position, value),
    setTerm: (id, position, value) => setPart(voucherKey(id), "o", position, value),
    setStanding: (id, position, value) => setPart(voucherKey(id), "s", position, value),
    rewriteJournal: async (alter) => {
      const key = partitionKeys.journal(home());
      const entries = await client.xrange(key, "-", "+");
      await client.del(key);
      for (const [id, fields] of entries) {
        const written = alter(fields);
        if (written) await client.xadd(key, id, ...(written as [string, string]));
      }
    },
  };
}
