// about 87 s
/** The short run of the fault tests: real hubs, stores and terminals under faults, and all guarantees hold. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ArchiveKind } from "./archive.ts";
import { runCampaign } from "./campaign.ts";
import { countsOf, reportOf } from "./report.ts";
import type { StoreKind } from "./store.ts";

const faults = suite("under faults");

/** Long enough for a dozen faults; `npm run test:faults` goes on for as long as it is told to. */
const SECONDS = 16;
/** Of runs that have many kinds of faults in them. */
const SEEDS: Record<StoreKind, number> = { single: 2465, cluster: 33 };

async function survive(store: StoreKind, archive: ArchiveKind): Promise<void> {
  const result = await runCampaign({
    ...{ seed: SEEDS[store], seconds: SECONDS },
    ...{ store, archive, hubs: 3, pairs: 6 },
  });
  const report = reportOf(result);
  console.log(report.join("\n"));
  assert.equal(result.violations, [], report.join("\n"));
  // That nothing was broken says something only when something was tried; how much that is depends on the machine.
  const { ok, vouchers } = countsOf(result);
  assert.ok(ok >= 20 && vouchers >= 2, report.join("\n"));
  assert.ok(result.faults.size >= 2, report.join("\n"));
  if (archive !== "none") assert.ok((result.book.archive?.heads.length ?? 0) > vouchers, report.join("\n"));
}

faults("hubs on one store with an archive lose nothing and do nothing twice", () =>
  survive("single", "file"),
);
faults("hubs on a cluster lose no voucher, do nothing twice, and notice what is lost", () =>
  survive("cluster", "none"),
);

faults.run();
