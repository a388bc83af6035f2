/** The markers of all partitions: each says that it is the same book's, cut alike. */
import { bookKey } from "../ledger/keys.ts";
import { type AuditedBook, type Finding, findingsOf } from "./findings.ts";
import { readTogether } from "./read.ts";

export async function auditMarkers({ store, ledger }: AuditedBook): Promise<Finding[]> {
  const numbers = Array.from({ length: ledger.partitions }, (_, partition) => partition);
  const markers = await Promise.all(
    numbers.map(async (partition) => {
      const [fields] = await readTogether(store, [
        ["HMGET", bookKey(partition), "id", "partitions", "format"],
      ]);
      const [id, ...made] = (fields ?? []) as (string | null)[];
      return typeof id === "string" ? { id, made: made.join(" ") } : undefined;
    }),
  );
  const name = (marker: { id: string; made: string }) => `${marker.id} ${marker.made}`;
  const counts = new Map<string, number>();
  for (const marker of markers) if (marker) counts.set(name(marker), (counts.get(name(marker)) ?? 0) + 1);
  // What most of them say is the book's.
  const [most] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  return numbers.flatMap((partition) => {
    const marker = markers[partition];
    const isOther = marker !== undefined && name(marker) !== most;
    const isCut = marker !== undefined && Number(marker.made.split(" ")[0]) !== ledger.partitions;
    return findingsOf(`partition ${partition}`, [
      [marker === undefined, "marker_missing", "it does not say whose book it is"],
      [isOther || isCut, "marker_foreign", `it says ${marker?.id}, made with ${marker?.made}`],
    ]);
  });
}
