/** All that a book holds at the end of a run, in the store and in its archive. */
import type { Redis } from "ioredis";
import type { Database } from "../../server/archive/database.ts";
import { audit } from "../../server/audit/audit.ts";
import type { AuditedBook, Finding } from "../../server/audit/findings.ts";
import { masters, type Store } from "../../server/redis/connect.ts";
import { type ArchivedBook, type ArchivedPartition, readArchive } from "./archived-book.ts";
import { type Records, scan } from "./records.ts";
import { AllRecords } from "./retired-records.ts";

export interface JournalLine {
  issuanceId: string;
  line: string;
}

/** With what has left the store. */
export interface Book extends Records {
  /** Of each partition, in the order of the stream; what is not an event of an issuance is left out. */
  journals: JournalLine[][];
  findings: Finding[];
  /** Where the run has one. */
  archive?: ArchivedBook;
}

/**
 * Reads the whole book, which has to be at rest.
 *
 * @param archived its archive, where it has one.
 */
export async function readBook(
  book: AuditedBook,
  archived?: { database: Database; isRetiring: boolean },
): Promise<Book> {
  const { issuances, vouchers } = await new AllRecords(book).read();
  const archive = archived && (await readArchive(book, archived));
  const entries = archive ? archive.partitions.map(wholeJournal) : await readJournals(book.store);
  const fenced = new Map<string, number>();
  const journals = entries.map((list) => linesOf(list, fenced));
  for (const issuance of [...issuances.values(), ...vouchers.values()]) {
    // It is fenced a second time only when there was a decision after the first.
    issuance.decided = issuance.fence === "decided" || (fenced.get(issuance.issuanceId) ?? 0) > 1;
  }
  const { findings } = await audit(book);
  return { issuances, vouchers, journals, findings, ...(archive && { archive }) };
}

/** The fields of each entry of a journal. */
type Fields = string[];

/** The journals that the store has. */
async function readJournals(store: Store): Promise<Fields[][]> {
  const journals: Fields[][] = [];
  for (const server of masters(store)) {
    const streams = new Set<string>();
    for await (const keys of scan(server))
      for (const key of keys) if (key.endsWith("}:journal")) streams.add(key);
    for (const key of streams) journals.push(await readJournal(server, key));
  }
  return journals;
}

async function readJournal(server: Redis, key: string): Promise<Fields[]> {
  const entries = await server.xrange(key, "-", "+");
  return entries.map(([, fields]) => fields);
}

/** What was taken out of the store, and what it has. */
function wholeJournal({ archived, stored }: ArchivedPartition): Fields[] {
  const living = archived.filter(({ isLost }) => !isLost);
  const begins = living.findIndex(({ entry }) => entry === stored[0]?.entry);
  const before = begins < 0 ? living : living.slice(0, begins);
  return [...before, ...stored].map(({ fields }) => JSON.parse(fields));
}

/** The events of issuances and vouchers; how often each was fenced is counted in `fenced`. */
function linesOf(entries: readonly Fields[], fenced: Map<string, number>): JournalLine[] {
  return entries.flatMap((fields) => {
    const [first, issuanceId = "", second, line = ""] = fields;
    if (line === "issuance.fenced" || line === "voucher.fenced")
      fenced.set(issuanceId, (fenced.get(issuanceId) ?? 0) + 1);
    // Accounts, fences and decisions are in the journal too; their lines have another form.
    const isEvent = first === "id" && second === "event" && line.includes("|");
    return isEvent ? [{ issuanceId, line }] : [];
  });
}
