/** The archive against the store: what both have is the same, and what has left the store is as its journal says. */
import type { AsksArchive } from "../archive/archive.ts";
import { isEntry } from "../ledger/blank-entry.ts";
import { partitionKeys } from "../ledger/keys.ts";
import { firstOf, isBefore } from "./archived-journal.ts";
import { type Finding, findingsOf } from "./findings.ts";
import { Journal } from "./journal.ts";
import type { AuditedPartition } from "./partition.ts";

/** How much is asked for at once. */
const AT_ONCE = 500;

/** What the archive has otherwise, and what is blanked there. */
export interface ArchiveAudited {
  findings: Finding[];
  /** How many issuances are blanked, each with its voucher. */
  forgotten: number;
}

/** What the archive has otherwise than the store, or than its own copy of the journal says. */
export async function auditArchive(audited: AuditedPartition): Promise<ArchiveAudited> {
  const { archive } = audited;
  if (!archive) return { findings: [], forgotten: 0 };
  const other = (await findOther(audited, archive)) && (await findOther(audited, archive));
  const findings = findingsOf(audited.subject, [
    [
      other !== undefined,
      "archive_unlike_journal",
      `the archive has entry ${other} otherwise, or the store has it not`,
    ],
  ]);
  const issuances = await auditHeads(audited, archive, "issuances");
  const vouchers = await auditHeads(audited, archive, "vouchers");
  findings.push(...issuances.findings, ...vouchers.findings);
  return { findings, forgotten: issuances.forgotten };
}

/** The first entry that the archive has otherwise than the store, of those that the store still has to have. */
async function findOther(
  { book: { store }, partition }: AuditedPartition,
  archive: AsksArchive,
): Promise<string | undefined> {
  const key = partitionKeys.journal(partition);
  for (let after = 0; ; ) {
    const page = await archive.ask("readJournal", { partition, after, limit: AT_ONCE });
    const [first, last] = [page[0], page.at(-1)];
    if (!first || !last) return undefined;
    const stored = new Map(await store.xrange(key, first.id, last.id));
    const begins = await firstOf(store, partition);
    const other = page.find(
      ({ id, fields }) =>
        begins !== undefined &&
        !isBefore(id, begins) &&
        !isEntry(JSON.stringify(stored.get(id) ?? []), JSON.stringify(fields)),
    );
    if (other) return other.id;
    after = last.position;
  }
}

/** How the archive has each issuance and voucher, against the journal: what has left the store is known from there alone. */
async function auditHeads(
  { journal, partition, book: { store } }: AuditedPartition,
  archive: AsksArchive,
  table: "issuances" | "vouchers",
): Promise<ArchiveAudited> {
  const findings: Finding[] = [];
  let forgotten = 0;
  for (let after = ""; ; ) {
    const page = await archive.ask("listHeads", { partition, table, after, limit: AT_ONCE });
    const isIn = ({ [table]: journaled }: Journal, { id, version, digest }: (typeof page)[number]) =>
      journaled.get(id)?.lines[version - 1]?.startsWith(`${digest}|`) === true;
    let others = page.filter((head) => !isIn(journal, head));
    if (others.length > 0) {
      // The archive goes on, and may have what was written since the journal was read.
      const since = new Journal(store, partition, archive);
      await since.readTo();
      others = others.filter((head) => !isIn(since, head));
    }
    forgotten += page.filter(({ isForgotten }) => isForgotten).length;
    for (const { id, version, digest } of others) {
      const problem = `the archive has it at version ${version} with ${digest}, which the journal has not`;
      findings.push({ subject: id, problem, rule: "archive_unlike_journal" });
    }
    const last = page.at(-1);
    if (!last || page.length === 0) return { findings, forgotten };
    after = last.id;
  }
}
