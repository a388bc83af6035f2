/** What a run comes to, for a person. */
import type { CampaignResult } from "./campaign.ts";
import { groupBy, noticed, RULES_CHECKED, type RuleName, readLine, type Violation } from "./findings.ts";
import { nameOf } from "./history.ts";

/** No reader looks at more of the same. */
const MOST_SHOWN = 10;

export interface Counts {
  /** Intents, by how the last answer to each ended. */
  ok: number;
  refused: number;
  unknown: number;
  /** Answers that never came, or said that nobody knows, before the one that counts. */
  unknownAnswers: number;
  vouchers: number;
  rolledBack: number;
}

export function countsOf({ history, book }: Pick<CampaignResult, "history" | "book">): Counts {
  const intents = [...groupBy(history.calls, nameOf).values()];
  const isOk = (calls: typeof history.calls) => calls.some(({ outcome }) => outcome === "done");
  const isUnknown = (calls: typeof history.calls) => calls.every(({ outcome }) => outcome === "unknown");
  const ok = intents.filter(isOk).length;
  const unknown = intents.filter(isUnknown).length;
  return {
    ok,
    unknown,
    refused: intents.length - ok - unknown,
    unknownAnswers: history.calls.filter(({ outcome }) => outcome === "unknown").length,
    vouchers: [...book.issuances.values()].filter(({ state }) => state === "issued").length,
    rolledBack: noticed({ history, book }).size,
  };
}

/** The lines of a report; the last is the verdict. */
export function reportOf(result: CampaignResult): string[] {
  const { options, faults, messages, history, book, violations } = result;
  const { seed, seconds, store, archive = "none", hubs, pairs } = options;
  const counts = countsOf(result);
  const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...faults].sort(([a], [b]) => a.localeCompare(b)).map(([kind, count]) => `${kind} ${count}`);
  const all = counts.ok + counts.refused + counts.unknown;
  return [
    `seed ${seed}, ${seconds} s, ${hubs} hubs, ${pairs} pairs, ${store} store, archive ${archive}`,
    `faults: ${total} (${kinds.join(", ")}); pub/sub messages lost ${messages.lost}, repeated ${messages.repeated}`,
    `commands: ${all} (ok ${counts.ok}, refused ${counts.refused}, unknown ${counts.unknown}), sent ${history.sent.length} times`,
    `unknown answers: ${counts.unknownAnswers}`,
    `issuances: ${book.issuances.size}, vouchers ${counts.vouchers}, rolled back and noticed ${counts.rolledBack}`,
    ...storeLines(result),
    ...archiveLines(book),
    livesOf(result),
    `events seen: ${history.views.reduce((sum, { events }) => sum + events.length, 0)} in ${history.views.length} views`,
    ...violationLines(violations),
    verdictOf(result),
  ];
}

/** What came of faults of the whole store, and of those with a check of their own; nothing where there were none. */
function storeLines({ history }: CampaignResult): string[] {
  const { rewinds, untold, moved, written, notices, listed } = history;
  const lines: string[] = [];
  if (rewinds.length > 0) {
    const known = new Set([...listed, ...notices.map(({ issuanceId }) => issuanceId)]);
    const made = rewinds.filter(({ lost }) => lost.length > 0);
    const seen = made.filter(({ lost }) => lost.some(({ issuanceId }) => known.has(issuanceId)));
    lines.push(`rewinds: ${rewinds.length}, with events lost ${made.length}, noticed ${seen.length}`);
  }
  if (untold.length > 0) {
    const heard = new Set(history.invited.map(({ issuanceId }) => issuanceId));
    const never = untold.filter(
      ({ issuanceId, connected }) => connected.length > 0 && !heard.has(issuanceId),
    );
    lines.push(`invitations that a hub died over: ${untold.length}, never heard ${never.length}`);
  }
  const slowest = Math.max(...moved.map(({ followedMs = Number.POSITIVE_INFINITY }) => followedMs));
  if (moved.length > 0)
    lines.push(`moves that hubs followed: ${moved.length}, the slowest in ${Math.round(slowest)} ms`);
  if (written.length > 0) lines.push(`accounts written to more than once: ${written.length}`);
  return lines;
}

/** What the archive has. */
function archiveLines({ archive }: CampaignResult["book"]): string[] {
  if (!archive) return [];
  const entries = archive.partitions.flatMap(({ archived }) => archived);
  const lost = entries.filter(({ isLost }) => isLost).length;
  const retired = archive.heads.filter(({ isRetired }) => isRetired).length;
  return [
    `archive: entries ${entries.length}, lost by the store ${lost}, issuances and vouchers that left it ${retired}`,
  ];
}

/** How far the vouchers came, and how many drawings were paid out. */
function livesOf({ book }: CampaignResult): string {
  const vouchers = [...book.vouchers.values()];
  const states = [...groupBy(vouchers, ({ state }) => state)]
    .map(([state, list]) => `${state} ${list.length}`)
    .sort();
  const settled = vouchers
    .flatMap(({ log }) => log)
    .filter((line) => readLine(line).type === "drawing.settled");
  return `lives: ${states.join(", ")}; drawings paid out ${settled.length}`;
}

function violationLines(violations: readonly Violation[]): string[] {
  const lines = [`violations: ${violations.length}`];
  for (const [rule, list] of groupBy(violations, (violation) => violation.rule)) {
    lines.push(`  ${RULES_CHECKED[rule as RuleName]}: broken ${list.length} times`);
    for (const { subject, problem } of list.slice(0, MOST_SHOWN)) lines.push(`    ${subject}: ${problem}`);
  }
  return lines;
}

function verdictOf({ options, violations }: CampaignResult): string {
  if (violations.length === 0) return "verdict: all guarantees held";
  const { seed, seconds, store, archive = "none", retireAfter, hubs, pairs } = options;
  const retire = retireAfter === undefined ? "" : ` --retire ${retireAfter}`;
  const only = options.only === undefined ? "" : ` --only ${options.only.join(",")}`;
  const again = `--seed ${seed} --seconds ${seconds} --store ${store} --archive ${archive}${retire} --hubs ${hubs} --pairs ${pairs}${only}`;
  return `verdict: GUARANTEES BROKEN; run it again with: npm run test:faults -- ${again}`;
}
