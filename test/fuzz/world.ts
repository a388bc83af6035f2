/** What is fuzzed: a hub in a process of its own with its store and its archive, and parties with accounts. */
import { join } from "node:path";
import type { AuditedBook } from "../../server/audit/findings.ts";
import { archiveOf } from "../../server/cli/with-ledger.ts";
import { readSettings } from "../../server/config.ts";
import { openLedger } from "../../server/open-ledger.ts";
import { type ChildHub, startChildHub } from "../helpers/child-hub.ts";
import { connectTerminal, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { accountPath, call, jsonOf } from "../http/client.ts";
import { Known } from "./known.ts";

/** Each is an issuer, a payer and a beneficiary now and then. */
export const PARTIES = ["acme", "lotus", "sun"] as const;
export const OPERATOR = "bank";
/** Accounts that each party has: of funds, of credit, and without anything. */
export const NUMBERS = ["6222020200112233", "CREDIT-1", "EMPTY-1"] as const;

/** No limit is what is looked for here. */
const SETTINGS = {
  RATE_LIMIT: "10000000",
  PARTY_CONNECTIONS: "10000000",
  OPEN_PER_PAIR: "10000000",
  OPEN_PER_ISSUER: "10000000",
  UNTOUCHED_PER_PAIR: "10000000",
  PROBES_PER_PAIR: "10000000",
  PARTY_RATE: "10000000",
  RETENTION: "604800",
  RETIRE_AFTER: "60",
  SWEEP_INTERVAL: "200",
};

export interface World {
  readonly hub: ChildHub;
  readonly known: Known;
  /** The book, past the hub. */
  readonly book: AuditedBook;
  /** One terminal of each party, in the order of `PARTIES`, connected anew for each call. */
  connect(): Promise<RawTerminal[]>;
  /** How often each answer came: `ok`, or a code of the table. */
  readonly answers: Map<string, number>;
  /** What has gone wrong in the hub since this was last asked. */
  wrongs(): string[];
  /** Starts the hub again where it has died, so that the search for a smaller input can go on. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

/** Whoever opens it closes it. */
export async function openWorld(): Promise<World> {
  const redis = await startRedis();
  const folder = temporaryFolder();
  const url = `file:${join(folder, "archive.db")}`;
  const environment = { ...SETTINGS, REDIS_URL: redis.url, ARCHIVE_URL: url, DATA_DIR: folder };
  let hub = await startChildHub(environment);
  await makeAccounts(hub);
  const settings = readSettings({ ...environment, PARTITIONS: "16" });
  const opened = await openLedger(settings, () => undefined);
  const { archive, close: closeArchive } = archiveOf(settings);
  let seen = 0;
  return {
    get hub() {
      return hub;
    },
    known: new Known(PARTIES, NUMBERS),
    answers: new Map(),
    book: { store: opened.store, ledger: opened.ledger, archive },
    connect: () => Promise.all(PARTIES.map((party) => connectTerminal(hub, party))),
    wrongs: () => {
      const fresh = hub.wrongs.slice(seen);
      seen = hub.wrongs.length;
      return fresh;
    },
    revive: async () => {
      if (hub.alive) return;
      hub = await startChildHub(environment);
      seen = 0;
    },
    close: async () => {
      await hub.close();
      await closeArchive();
      await opened.close();
      await redis.stop();
    },
  };
}

async function makeAccounts(hub: ChildHub): Promise<void> {
  const token = await hub.token(OPERATOR, { operator: true });
  for (const party of PARTIES) {
    const shared = { holder: party, currency: "CNY" };
    const bodies = [
      { ...shared, kind: "funds", balance: 1e12 },
      { ...shared, kind: "credit", limit: 1e12 },
      { ...shared, kind: "funds", balance: 0 },
    ];
    for (const [index, body] of bodies.entries()) {
      const path = accountPath(party, NUMBERS[index] as string);
      jsonOf(await call(hub, "PUT", path, { token, body }), 201);
    }
  }
}

/** Counts an answer. */
export function countAnswer({ answers }: World, answer: string): void {
  answers.set(answer, (answers.get(answer) ?? 0) + 1);
}
