/** The archive has all that the store has and that anybody was told of, once, and nothing that both deny. */
import type { ArchivedBook, ArchivedHead, ArchivedPartition } from "./archived-book.ts";
import type { Book } from "./book.ts";
import { excuse } from "./check-kept.ts";
import { type Evidence, groupBy, marksOf, readLine, type Violation } from "./findings.ts";
import type { Mark } from "./history.ts";
import { recordIn, recordsIn } from "./records.ts";

export function checkArchive(evidence: Evidence): Violation[] {
  const { book } = evidence;
  const { archive } = book;
  if (!archive) return [];
  return [
    ...archive.partitions.flatMap((partition) => checkJournal(partition, archive)),
    ...checkFeed(archive),
    ...checkHeads(archive, book),
    ...checkEvents(archive, book),
    ...checkTold(archive, evidence),
    ...checkAnswered(evidence),
    ...archive.unlike.map(({ subject, problem }) => found(subject, problem)),
  ];
}

function found(subject: string, problem: string): Violation {
  return { rule: "archived", subject, problem };
}

type Told = Pick<Mark, "issuanceId" | "version" | "digest">;
const nameOf = ({ issuanceId, version, digest }: Told) => `${issuanceId} version ${version} (${digest})`;

/** What the archive counts as part of the book. */
function eventsOf({ partitions }: ArchivedBook): Told[] {
  return partitions.flatMap(({ archived }) =>
    archived.flatMap(({ event, isLost }) => {
      if (isLost || !event) return [];
      return [{ ...event, digest: readLine(event.line).digest }];
    }),
  );
}

/** Each entry of the store's journal is in the archive as it is there, in the same order, and no other that was not taken out. */
function checkJournal(
  { partition, archived, stored }: ArchivedPartition,
  { isRetiring }: Pick<ArchivedBook, "isRetiring">,
): Violation[] {
  const subject = `partition ${partition}`;
  const violations = archived.flatMap(({ position }, index) =>
    position === index + 1 ? [] : [found(subject, `position ${position} comes where ${index + 1} does`)],
  );
  const living = archived.filter(({ isLost }) => !isLost);
  const begins = living.findIndex(({ entry }) => entry === stored[0]?.entry);
  // The entry at the mark is never taken out.
  const before = begins < 0 ? living : living.slice(0, begins);
  const kept = begins < 0 ? [] : living.slice(begins);
  if (before.length > 0 && (begins < 0 || !isRetiring))
    violations.push(found(subject, `it has entry ${before[0]?.entry}, and the store has not`));
  const length = Math.max(kept.length, stored.length);
  for (let index = 0; index < length; index += 1) {
    const [is, was] = [kept[index], stored[index]];
    if (is?.entry === was?.entry && is?.fields === was?.fields) continue;
    const problem = `after ${stored[index - 1]?.entry ?? "nothing"} it has ${told(is)}, and the store ${told(was)}`;
    violations.push(found(subject, problem));
    break;
  }
  return violations;
}

function told(entry: { entry: string; fields: string } | undefined): string {
  return entry ? `entry ${entry.entry} ${entry.fields}` : "nothing";
}

/**
 * Each event has a place of its own. Some may be left out: the store is told of the last one before it is taken, and whoever
 * takes it may die in between.
 */
function checkFeed({ partitions }: ArchivedBook): Violation[] {
  const events = partitions.flatMap(({ archived }) => archived.filter(({ event }) => event));
  const places = events.map(({ feed }) => feed).sort((a, b) => a - b);
  const wrong = places.find((place, index) => place <= (places[index - 1] ?? 0));
  return wrong === undefined
    ? []
    : [found("the feed", `more than one event, or none that has one, is at place ${wrong}`)];
}

/** The newest of each id is as the book has it, and marked as gone when it is gone. */
function checkHeads({ heads }: ArchivedBook, book: Book): Violation[] {
  const living = new Map<string, ArchivedHead>();
  for (const head of heads) if (!head.isLost) living.set(head.issuanceId, head);
  return recordsIn(book).flatMap(({ issuanceId, version, state, log }) => {
    const head = living.get(issuanceId);
    if (!head) return [found(issuanceId, "the archive has no row of it")];
    const digest = readLine(log.at(-1) ?? "").digest;
    const problems: string[] = [];
    if (head.version !== version || head.digest !== digest || head.state !== state)
      problems.push(
        `its row says version ${head.version} ${head.state} (${head.digest}), and it is at ${version} ${state} (${digest})`,
      );
    return problems.map((problem) => found(issuanceId, problem));
  });
}

/** Nothing is there twice, and nothing that the book denies. */
function checkEvents(archive: ArchivedBook, book: Book): Violation[] {
  const events = groupBy(eventsOf(archive), nameOf);
  return [...events].flatMap(([name, [event, ...again]]) => {
    const { issuanceId, version, digest } = event as Told;
    const line = recordIn(book, issuanceId)?.log[version - 1];
    return [
      ...(again.length > 0 ? [found(issuanceId, `the archive has ${name} ${again.length + 1} times`)] : []),
      ...(line !== undefined && readLine(line).digest === digest
        ? []
        : [found(issuanceId, `the archive has ${name}, where the book has ${line ?? "nothing"}`)]),
    ];
  });
}

/** Whatever anybody was told of is there, but for what the store has lost. */
function checkTold(archive: ArchivedBook, evidence: Evidence): Violation[] {
  const isExcused = excuse(evidence);
  const archived = new Set(eventsOf(archive).map(nameOf));
  const missing = new Map<string, Violation>();
  for (const { mark, how } of marksOf(evidence.history)) {
    const name = nameOf(mark);
    if (archived.has(name) || isExcused(mark) || missing.has(name)) continue;
    missing.set(name, found(mark.issuanceId, `${name}, ${how}, is not in the archive`));
  }
  for (const { snapshot, party, commandId } of evidence.history.calls) {
    if (!snapshot || archived.has(nameOf(snapshot)) || isExcused(snapshot)) continue;
    const name = nameOf(snapshot);
    const problem = `${name}, answered to ${party} ${commandId}, is not in the archive`;
    if (!missing.has(name)) missing.set(name, found(snapshot.issuanceId, problem));
  }
  return [...missing.values()];
}

/** What has left the store is answered as it was. */
function checkAnswered({ history, book }: Evidence): Violation[] {
  return history.answered.flatMap(({ issuanceId, status, found: answer }) => {
    const record = recordIn(book, issuanceId);
    const digest = readLine(record?.log.at(-1) ?? "").digest;
    const isSame =
      answer?.version === record?.version && answer?.state === record?.state && answer?.digest === digest;
    if (status === 200 && isSame) return [];
    const is = record ? `version ${record.version} ${record.state} (${digest})` : "nothing";
    return [
      found(
        issuanceId,
        `a hub answered ${status} ${JSON.stringify(answer ?? {})}, and the archive has ${is}`,
      ),
    ];
  });
}
