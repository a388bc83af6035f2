/** How many issuances stand at once, as far as a list or the walk through the indexes needs it. */
import type { State } from "@tallystick/protocol";
import { isUnavailable } from "../redis/availability.ts";
import type { LedgerContext } from "./context.ts";
import { groupBy } from "./group-by.ts";
import { issuanceKeys, partitionOfIssuance } from "./keys.ts";
import type { IssuanceRecord } from "./record.ts";

export type Standing = Pick<
  IssuanceRecord,
  "issuanceId" | "version" | "state" | "digest" | "issuer" | "payer" | "indexedAt" | "endedAt"
>;

/** `away`: the server that has it does not answer, or has lost the book; undefined: there is none. */
export type Found = Standing | "away" | undefined;

/** How many values a script tells of each. */
const LENGTH = 7;

/**
 * Reads issuances, in the order of their ids: with one script for all that are sure to be on one server. Servers fail
 * apart from each other.
 */
export async function readStandings(context: LedgerContext, ids: readonly string[]): Promise<Found[]> {
  const groups = groupBy([...ids.keys()], (index) =>
    context.isSpread ? partitionOfIssuance(ids[index] as string) : 0,
  );
  const found: Found[] = [];
  const read = async (indexes: number[]) => {
    const keys = indexes.map((index) => issuanceKeys(ids[index] as string)[0]);
    const reply = await context.scripts.run("read-open", keys, []).catch((error: unknown) => {
      if (isUnavailable(error)) return undefined;
      throw error;
    });
    for (const [position, index] of indexes.entries())
      found[index] = reply ? standingOf(ids[index] as string, reply, LENGTH * position) : "away";
  };
  await Promise.all([...groups.values()].map(read));
  await takeLostForAway(context, ids, found);
  return found;
}

/** A partition that has lost the book has none of its issuances either: entries that name them must not go. */
async function takeLostForAway(
  { book }: LedgerContext,
  ids: readonly string[],
  found: Found[],
): Promise<void> {
  const none = [...ids.keys()].filter((index) => found[index] === undefined);
  const byPartition = groupBy(none, (index) => partitionOfIssuance(ids[index] as string));
  const confirm = async ([first, ...others]: number[]) => {
    try {
      await book.confirm(issuanceKeys(ids[first as number] as string)[0]);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      for (const index of [first as number, ...others]) found[index] = "away";
    }
  };
  await Promise.all([...byPartition.values()].map(confirm));
}

function standingOf(issuanceId: string, reply: readonly string[], from: number): Standing | undefined {
  const [version, state, digest = "", issuer = "", payer = "", indexedAt = "", endedAt = ""] = reply.slice(
    from,
    from + LENGTH,
  );
  if (state === "") return undefined;
  return {
    issuanceId,
    version: Number(version),
    state: state as State,
    digest,
    issuer,
    payer,
    indexedAt,
    endedAt,
  };
}
