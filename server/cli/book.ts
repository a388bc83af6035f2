/** `tallystick book …`: what only an operator can decide about the book as a whole. */
import { confirm } from "@clack/prompts";
import type { Command } from "commander";
import { readSettings } from "../config.ts";
import { type Beginning, beginAgain, lookAtBook } from "../ledger/begin-again.ts";
import { connectToStore } from "../open-ledger.ts";

/** Adds the commands on the book to the program. */
export function addBookCommands(program: Command): void {
  const book = program.command("book").description("decide about the account book as a whole");
  book
    .command("begin")
    .description("accept that the store has lost the book, or partitions of it, and write its name anew")
    .option("--yes", "do not ask")
    .action((options: { yes?: boolean }) => begin(options));
}

async function begin(options: { yes?: boolean }): Promise<void> {
  const settings = readSettings(process.env);
  const { store, close } = await connectToStore(settings, (line) => console.error(line));
  try {
    const found = await lookAtBook(store, settings.PARTITIONS);
    console.log(describe(found, settings.PARTITIONS));
    if (found.kind === "whole") return;
    if (!options.yes && !(await isConfirmed())) return;
    const id = await beginAgain(store, settings.PARTITIONS);
    console.log(
      `Done: the book is ${id} in all ${settings.PARTITIONS} partitions. Running hubs serve it by themselves.`,
    );
  } finally {
    await close();
  }
}

function describe(found: Beginning, partitions: number): string {
  switch (found.kind) {
    case "whole":
      return `The book ${found.id} has its name in all ${partitions} partitions: nothing is to do.`;
    case "empty":
      return `The store holds no book. A new one begins, empty, with ${partitions} partitions; what a book held here before stays lost.`;
    case "nameless":
      return `The store holds ${found.keys} keys of a book without a name. They become a book with a new name; what else was lost stays lost. Run tallystick audit afterwards.`;
    case "blank":
      return `The book ${found.id} has lost ${found.blank.length} of its ${partitions} partitions (${found.blank.join(", ")}). They get its name again, with what they hold now; what else they held stays lost. Run tallystick audit afterwards.`;
  }
}

/** @throws Error where nobody can be asked. */
async function isConfirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error("nothing was done: add --yes to do it without being asked");
  const answer = await confirm({ message: "Accept the loss?", initialValue: false });
  if (answer === true) return true;
  console.log("Nothing was done.");
  return false;
}
