/** `tallystick restore`: makes the book anew in an empty store, from its archive. */
import { progress } from "@clack/prompts";
import { type ArchivedJournals, openArchivedJournals } from "../archive/source.ts";
import { archiveUrlOf } from "../archive-url.ts";
import { readSettings, type Settings } from "../config.ts";
import { connectToStore } from "../open-ledger.ts";
import { restoreBook } from "../restore/restore.ts";
import { runAudit } from "./audit.ts";

/** Restores the book, and audits it; exit status 1 when it is not in balance. */
export async function runRestore(): Promise<void> {
  const settings = readSettings(process.env);
  const { PARTITIONS } = settings;
  const journals = await openArchivedJournals(archiveUrlOf(settings));
  try {
    const { bookId, partitions } = journals;
    if (partitions !== PARTITIONS) {
      throw new Error(
        `PARTITIONS is ${PARTITIONS}, but the archive's book is cut into ${partitions}: set PARTITIONS=${partitions}`,
      );
    }
    console.log(`Making the book ${bookId} anew from its archive.`);
    await restore(settings, journals);
  } finally {
    await journals.close();
  }
  await runAudit({ json: false });
}

async function restore(settings: Settings, source: ArchivedJournals): Promise<void> {
  const { store, close } = await connectToStore(settings, (line) => console.error(line), { mayBegin: true });
  const bar = process.stdout.isTTY ? progress({ max: source.partitions }) : undefined;
  bar?.start("Reading journals");
  try {
    const retentionMs = settings.RETENTION * 1000;
    const rememberMs = settings.REMEMBER * 1000;
    const onProgress = () => bar?.advance(1);
    const restored = await restoreBook({ store, source, retentionMs, rememberMs, onProgress });
    bar?.stop("Read all journals");
    if (!restored) {
      console.log("All of it was there already; it is served from now on.");
      return;
    }
    const { entries, accounts, issuances, vouchers } = restored;
    console.log(
      `Done: ${accounts} accounts, ${issuances} issuances and ${vouchers} vouchers, from ${entries} entries of journals. Hubs serve it from now on.`,
    );
  } catch (error) {
    bar?.error("It came to no end");
    throw error;
  } finally {
    await close();
  }
}
