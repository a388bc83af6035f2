/** The archive of a valid history, which has all of it, for tests that break it in one point. */
import type { ArchivedBook, ArchivedEntry, ArchivedHead, ArchivedPartition } from "./archived-book.ts";
import { type Evidence, readLine } from "./findings.ts";
import { recordsIn } from "./records.ts";
import { validVoucher } from "./valid-voucher.ts";

/** A valid history of an issuance and its voucher, in a book with an archive. */
export function validArchive(mayRollBack = false): Evidence {
  const evidence = validVoucher(mayRollBack);
  evidence.book.archive = archiveOf(evidence);
  return evidence;
}

/** An archive that has followed the store to where it is. */
function archiveOf({ book }: Evidence): ArchivedBook {
  const versions = new Map<string, number>();
  const archived = (book.journals[0] ?? []).map(({ issuanceId, line }, index): ArchivedEntry => {
    const version = (versions.get(issuanceId) ?? 0) + 1;
    versions.set(issuanceId, version);
    const position = index + 1;
    return { ...entryAt(position), isLost: false, feed: position, event: { issuanceId, version, line } };
  });
  // An account is no event, and has no place in the feed.
  archived.push({ ...entryAt(archived.length + 1), isLost: false, feed: 0 });
  const stored = archived.map(({ entry, fields }) => ({ entry, fields }));
  const heads = recordsIn(book).map(({ issuanceId, version, state, log }): ArchivedHead => {
    const { digest } = readLine(log.at(-1) ?? "");
    return { issuanceId, version, digest, state, isLost: false, isRetired: false };
  });
  return { isRetiring: false, partitions: [{ partition: 3, archived, stored }], heads, unlike: [] };
}

function entryAt(position: number): { position: number; entry: string; fields: string } {
  return { position, entry: `${1000 + position}-0`, fields: `["entry","${position}"]` };
}

/** The one partition that has something. */
export function archivedIn({ book }: Evidence): ArchivedPartition {
  return book.archive?.partitions[0] as ArchivedPartition;
}

/** The archive's row of an issuance or a voucher. */
export function headOf({ book }: Evidence, id: string): ArchivedHead {
  return book.archive?.heads.find(({ issuanceId }) => issuanceId === id) as ArchivedHead;
}

/** The newest entries are lost by the store, and the archive has noticed; nothing is done to the book. */
export function markLost(evidence: Evidence, count: number): void {
  const { archived, stored } = archivedIn(evidence);
  for (const entry of archived.slice(-count)) entry.isLost = true;
  stored.splice(-count);
}
