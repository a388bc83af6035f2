/** `tallystick forget`: what people have written of a party is blanked in the archive. */
import { setTimeout as sleep } from "node:timers/promises";
import { Party } from "@tallystick/protocol";
import type { Command } from "commander";
import type { Database } from "../archive/database.ts";
import { type Forgetting, readForgetting } from "../archive/forgetting.ts";
import { openExistingArchive } from "../archive/open-existing.ts";
import { readSettings } from "../config.ts";
import { ARCHIVE_LEASE_KEY } from "../ledger/keys.ts";
import { openLedger } from "../open-ledger.ts";
import type { Store } from "../redis/connect.ts";
import { readAs } from "./parsed-by.ts";
import { archiveUrl } from "./with-history.ts";
import { confirmWritten } from "./with-ledger.ts";

/** Between two looks at how far it is, milliseconds. */
const LOOK_EVERY_MS = 200;
/** A hub that writes the archive shows itself by then, milliseconds. */
const HUB_WITHIN_MS = 10_000;

/** Adds the command to the program. */
export function addForgetCommand(program: Command): void {
  program
    .command("forget")
    .description("blank holders, memos and reasons of all that a party took part in and that has ended")
    .requiredOption("--party <party>", "the party that is to be forgotten", readAs(Party))
    .action(({ party }: { party: string }) => forget(party));
}

async function forget(party: string): Promise<void> {
  const { database, close } = await openExistingArchive(archiveUrl());
  try {
    const before = await readForgetting(database, party);
    // A name that was mistyped is not to pass for one that is forgotten.
    if (!before.isKnown) throw new Error(`not_found: the book has nothing of ${party}`);
    const book = await openLedger(readSettings(process.env), (line) => console.error(line));
    try {
      await book.ledger.forget(party);
      await confirmWritten(book);
      const wanted = before.said + book.ledger.partitions;
      tell(party, await follow(database, book.store, { party, wanted }));
    } finally {
      await book.close();
    }
  } finally {
    await close();
  }
}

/** Waits for the hub that writes the archive; undefined where none does. */
async function follow(
  database: Database,
  store: Store,
  { party, wanted }: { party: string; wanted: number },
): Promise<Forgetting | undefined> {
  for (let seenAt = performance.now(); ; await sleep(LOOK_EVERY_MS)) {
    const now = await readForgetting(database, party);
    if (now.said >= wanted && now.looked === now.said) return now;
    if ((await store.exists(ARCHIVE_LEASE_KEY)) === 1) seenAt = performance.now();
    else if (performance.now() - seenAt > HUB_WITHIN_MS) return undefined;
  }
}

function tell(party: string, done: Forgetting | undefined): void {
  if (!done) {
    console.log(`It is in the journal that ${party} is to be forgotten: the next hub that is up does it.`);
    return;
  }
  const { blanked, waiting } = done;
  console.log(
    `${issuances(blanked)} of ${party} blanked: no holder, memo or reason is left of what has ended and left the store.`,
  );
  if (waiting > 0)
    console.log(
      `${issuances(waiting)} not yet: they go on, or ended too short a time ago. The hub does it once it can.`,
    );
  console.log(
    "Not forgotten: what money needs (amounts, states, account numbers, references), the names that accounts have, backups, and what was sent to others.",
  );
}

function issuances(count: number): string {
  return count === 1 ? "1 issuance" : `${count} issuances`;
}
