/** The parties whose tokens were revoked: each is a party's id, and has the time until which they were made. */
import { PARTY_PATTERN } from "@tallystick/protocol";
import type { BookKey } from "./book-key.ts";
import { type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { readAtOnce } from "./read.ts";

export async function auditRevoked(
  { book, partition }: AuditedPartition,
  { key }: BookKey,
): Promise<Finding[]> {
  const [values] = await readAtOnce(book.store, [["ZRANGE", key, "0", "-1", "WITHSCORES"]]);
  const found = (values ?? []) as string[];
  return [
    ...findingsOf(key, [[partition !== 0, "wrong_partition", `it is in partition ${partition}`]]),
    ...found.flatMap((party, index) => {
      if (index % 2 === 1) return [];
      const until = found[index + 1] ?? "";
      const isForm = PARTY_PATTERN.test(party) && /^\d{1,16}$/.test(until);
      return findingsOf(key, [[!isForm, "revocation_malformed", `it has ${party} until ${until}`]]);
    }),
  ];
}
