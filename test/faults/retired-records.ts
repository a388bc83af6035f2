/** What has left the store, as hubs read it that are asked for it: from the archive. */
import { isVoucherId } from "@tallystick/protocol";
import type { AsksArchive } from "../../server/archive/archive.ts";
import type { Store } from "../../server/redis/connect.ts";
import {
  issuanceOf,
  type Records,
  readRecords,
  recordIn,
  type StoredIssuance,
  type StoredVoucher,
  voucherOf,
} from "./records.ts";
import { PARTITIONS } from "./settings.ts";

/** How much is asked for at once. */
const AT_ONCE = 500;

export class AllRecords {
  readonly #store: Store;
  readonly #archive: AsksArchive | undefined;
  /** What has left does not change, but for a store that goes back. */
  readonly #known = new Map<string, { digest: string; record: StoredIssuance | StoredVoucher }>();

  constructor({ store, archive }: { store: Store; archive?: AsksArchive | undefined }) {
    this.#store = store;
    this.#archive = archive;
  }

  /** All issuances and vouchers: those that the store has, and those that have left it; and which these are. */
  async read(): Promise<Records & { retired: Set<string> }> {
    // What leaves meanwhile is found at least once.
    const records = await readRecords(this.#store);
    const retired = new Set<string>();
    for await (const { id, digest } of this.#listRetired()) {
      if (recordIn(records, id)) continue;
      const record = await this.#read(id, digest);
      if (!record) continue;
      retired.add(id);
      if ("approver" in record) records.vouchers.set(id, record);
      else records.issuances.set(id, record);
    }
    return { ...records, retired };
  }

  async *#listRetired(): AsyncGenerator<{ id: string; digest: string }> {
    if (!this.#archive) return;
    for (let partition = 0; partition < PARTITIONS; partition += 1)
      for (const table of ["issuances", "vouchers"] as const)
        for (let after = ""; ; ) {
          const page = await this.#archive.ask("listHeads", { partition, table, after, limit: AT_ONCE });
          yield* page.filter(({ isRetired }) => isRetired);
          const last = page.at(-1);
          if (!last) break;
          after = last.id;
        }
  }

  async #read(id: string, digest: string): Promise<StoredIssuance | StoredVoucher | undefined> {
    const known = this.#known.get(id);
    if (known?.digest === digest) return known.record;
    const found = await this.#archive?.ask("readRetired", { id });
    if (found?.kind !== "record") return undefined;
    const { fields } = found;
    const record = isVoucherId(id) ? voucherOf(id, fields) : issuanceOf(id, fields);
    if (record) this.#known.set(id, { digest, record });
    return record;
  }
}
