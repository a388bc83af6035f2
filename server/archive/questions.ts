/** What the archive can be asked, by name: each question is one function on its database. */
import { listForgotten, listHeads, listRetired, readJournal } from "./audited.ts";
import { readCredits } from "./credits.ts";
import type { Database } from "./database.ts";
import { readArchivedIssuance, readArchivedVoucher } from "./events.ts";
import { readFeed } from "./feed.ts";
import { findIssuances, findVouchers } from "./find.ts";
import { findAccounts } from "./find-accounts.ts";
import { compareKnown } from "./known.ts";
import { listEnded } from "./list-ended.ts";
import { readRetired } from "./record.ts";
import { readStatement } from "./statement.ts";

export const QUESTIONS = {
  findIssuances,
  findAccounts,
  findVouchers,
  readIssuance: readArchivedIssuance,
  readVoucher: readArchivedVoucher,
  readStatement,
  readFeed,
  readRetired,
  readCredits,
  compareKnown,
  listEnded,
  readJournal,
  listHeads,
  listRetired,
  listForgotten,
} as const satisfies Record<string, (database: Database, question: never) => Promise<unknown>>;

export type QuestionName = keyof typeof QUESTIONS;
export type Question<N extends QuestionName> = Parameters<(typeof QUESTIONS)[N]>[1];
export type Answer<N extends QuestionName> = Awaited<ReturnType<(typeof QUESTIONS)[N]>>;
