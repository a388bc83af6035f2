/** `tallystick keys …`: the keys that the documents of vouchers are signed with. */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Settings } from "../config.ts";
import { PUBLISHED_FOR_MS } from "../documents/documents.ts";
import { KeySource } from "../documents/key-source.ts";
import { makeSigningKey, publicKeyOf } from "../documents/signing-key.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { alignColumns } from "./align.ts";
import { withLedger } from "./with-ledger.ts";

/** Adds the commands on signing keys to the program. */
export function addKeyCommands(program: Command): void {
  const keys = program.command("keys").description("see and change the keys that documents are signed with");
  keys
    .command("list")
    .description("which keys are published, until when, and which one signs here")
    .option("--json", "print JSON lines")
    .action((options: { json?: boolean }) =>
      withLedger((ledger, settings) => list(ledger, settings, options)),
    );
  keys
    .command("rotate")
    .description("make a new key in DATA_DIR, which the hub there signs with from the next document on")
    .action(() => withLedger(rotate, { writes: true }));
}

async function list(ledger: Ledger, settings: Settings, { json = false }: { json?: boolean }): Promise<void> {
  const own = await new KeySource(settings).existing();
  const published = await ledger.publishedKeys.list();
  const rows = await Promise.all(
    published.map(async ({ x, until }) => {
      const { kid } = await publicKeyOf(x);
      return { kid, until: new Date(until).toISOString(), signsHere: x === own?.publicKey.x };
    }),
  );
  if (json) for (const row of rows) console.log(JSON.stringify(row));
  else if (rows.length === 0) console.log("No key is published: a hub makes one with the first need.");
  else
    for (const line of alignColumns([
      ["key", "published until", ""],
      ...rows.map(({ kid, until, signsHere }) => [kid, until, signsHere ? "signs here" : ""]),
    ]))
      console.log(line);
}

/** The new key is published before anything is signed with it; a crash between leaves it published for a day, unused. */
async function rotate(ledger: Ledger, settings: Settings): Promise<void> {
  if (settings.SIGNING_KEY !== undefined)
    throw new Error("SIGNING_KEY is set: give the hubs another one, and start them again");
  const source = new KeySource(settings);
  const old = await source.existing();
  if (!old)
    throw new Error(
      `no signing key in ${resolve(settings.DATA_DIR)}: a hub makes it with the first need; start it there, or set DATA_DIR to the hub's own`,
    );
  const made = await makeSigningKey();
  const until = (await ledger.now()) + PUBLISHED_FOR_MS;
  await ledger.publishedKeys.publish({ x: made.publicKey.x, until });
  await source.replace(made);
  console.log(`New key ${made.publicKey.kid}: the hub signs with it from the next document on.`);
  console.log(`Old key ${old.publicKey.kid}: published until the last voucher that it signed has expired.`);
}
