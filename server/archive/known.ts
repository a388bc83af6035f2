/** Holds what a terminal was told of issuances and vouchers that have left the store against the archive, many at once. */
import { isVoucherId } from "@tallystick/protocol";
import { readJournalEntry } from "../ledger/journal-entry.ts";
import type { Database } from "./database.ts";
import { HAS_SUBJECT } from "./partial-indexes.ts";
import { isOwn } from "./record.ts";

/** An event that a terminal was told, by the digest that it had. */
export interface KnownEvent {
  id: string;
  version: number;
  digest?: string | undefined;
}

export interface KnownQuestion {
  party: string;
  known: readonly KnownEvent[];
}

/**
 * How what is not in the store stands: `known`, the archive has the event; `ahead`, it has less, or another; `gone`, it has
 * nothing of the id, or nothing that has left the store; `not_found`, it is not the party's.
 */
export type ArchivedStanding = "known" | "ahead" | "gone" | "not_found";

interface Head {
  id: string;
  version: number;
  digest: string;
  retired_at: number;
  isOwn: boolean;
}

/** The standing of each, in the order in which they are asked for. */
export async function compareKnown(
  database: Database,
  { party, known }: KnownQuestion,
): Promise<ArchivedStanding[]> {
  const heads = await readHeads(database, party, known);
  // Another's is as much work as none at all, so that nobody learns from the time it takes that there is one.
  const isOlder = ({ id, version }: KnownEvent, head = heads.get(id)) =>
    head?.isOwn && version < head.version;
  const older = known.filter((event) => isOlder(event));
  const lines = await readLines(database, older);
  return known.map(({ id, version, digest }) => {
    const head = heads.get(id);
    if (!head || head.retired_at === 0) return "gone";
    if (!head.isOwn) return "not_found";
    if (version === 0 || digest === undefined) return version > head.version ? "ahead" : "known";
    if (version === head.version) return digest === head.digest ? "known" : "ahead";
    return lines.has(`${id} ${version} ${digest}`) ? "known" : "ahead";
  });
}

/** The newest of each id. */
async function readHeads(
  database: Database,
  party: string,
  known: readonly KnownEvent[],
): Promise<Map<string, Head>> {
  const heads = new Map<string, Head>();
  for (const table of ["issuances", "vouchers"] as const) {
    const ids = known.map(({ id }) => id).filter((id) => isVoucherId(id) === (table === "vouchers"));
    if (ids.length === 0) continue;
    const rows = await database
      .selectFrom(table)
      .select(["id", "version", "digest", "retired_at", "issuer", "payer", "beneficiary"])
      .where("id", "in", ids)
      .where("is_lost", "=", 0)
      .orderBy("began_at")
      .execute();
    for (const { issuer, payer, beneficiary, ...head } of rows)
      heads.set(head.id, { ...head, isOwn: isOwn(head.id, { issuer, payer, beneficiary }, party) });
  }
  return heads;
}

/** `id version digest` of events that are not the newest. */
async function readLines(database: Database, events: readonly KnownEvent[]): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const rows = await database
    .selectFrom("journal")
    .select(["subject", "version", "fields"])
    .where(HAS_SUBJECT)
    .where(
      "subject",
      "in",
      events.map(({ id }) => id),
    )
    .where("version", "in", [...new Set(events.map(({ version }) => version))])
    .where("is_lost", "=", 0)
    .execute();
  return new Set(
    rows.flatMap(({ subject, version, fields }) => {
      const said = readJournalEntry(JSON.parse(fields));
      return said && "line" in said
        ? [`${subject} ${version} ${said.line.slice(0, said.line.indexOf("|"))}`]
        : [];
    }),
  );
}
