/** The public keys that are published for documents: each is a key, and has a time until which it is needed. */
import type { BookKey } from "./book-key.ts";
import { type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { readAtOnce } from "./read.ts";

/** 32 bytes in base64url; the last character has 4 bits of them. */
const KEY = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** There are a few of them: one for each hub and each rotation of the last year. */
export async function auditSigningKeys(
  { book, partition }: AuditedPartition,
  { key }: BookKey,
): Promise<Finding[]> {
  const [values] = await readAtOnce(book.store, [["ZRANGE", key, "0", "-1", "WITHSCORES"]]);
  const found = (values ?? []) as string[];
  return [
    ...findingsOf(key, [[partition !== 0, "wrong_partition", `it is in partition ${partition}`]]),
    ...found.flatMap((x, index) => {
      if (index % 2 === 1) return [];
      const until = found[index + 1] ?? "";
      const isForm = KEY.test(x) && /^\d{1,16}$/.test(until);
      return findingsOf(key, [[!isForm, "signing_key_malformed", `it has ${x} until ${until}`]]);
    }),
  ];
}
