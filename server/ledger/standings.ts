/** How many issuances stand at once, as far as a list or the walk through the indexes needs it. */
import type { State } from "@tallystick/protocol";
import type { LedgerContext } from "./context.ts";
import { issuanceKeys } from "./keys.ts";
import { type Found, readSpread } from "./read-spread.ts";
import type { IssuanceRecord } from "./record.ts";

export type Standing = Pick<
  IssuanceRecord,
  "issuanceId" | "version" | "state" | "digest" | "issuer" | "payer" | "indexedAt" | "endedAt"
>;

/** Reads issuances, in the order of their ids. */
export function readStandings(context: LedgerContext, ids: readonly string[]): Promise<Found<Standing>[]> {
  return readSpread(context, ids, {
    script: "read-open",
    length: 7,
    keyOf: (id) => issuanceKeys(id)[0],
    read: standingOf,
  });
}

function standingOf(issuanceId: string, values: readonly string[]): Standing | undefined {
  const [version, state, digest = "", issuer = "", payer = "", indexedAt = "", endedAt = ""] = values;
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
