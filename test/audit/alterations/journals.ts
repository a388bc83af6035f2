import { partitionKeys } from "../../../server/ledger/keys.ts";
import { type Alteration, eventIs } from "./sample-book.ts";

const { journal } = partitionKeys;

export const JOURNALS: Alteration[] = [
  ["a journal that is gone", ({ client, home }) => client.del(journal(home())), "journal_gone"],
  [
    "a journal that was cut",
    ({ client, home }) => client.xtrim(journal(home()), "MAXLEN", 16),
    "journal_cut",
    "in_unlike_journal",
    "account_unlike_journal",
    "adjustment_missing",
    "adjustment_unlike_journal",
    "money_not_conserved",
  ],
  [
    "an event that the journal has not",
    ({ ids, rewriteJournal }) =>
      rewriteJournal((fields) =>
        eventIs("account.verified")(fields) && fields[1] === ids.verified ? undefined : fields,
      ),
    "journal_lacks_events",
    "account_unlike_log",
  ],
  [
    "an event that the journal has otherwise",
    ({ rewriteJournal }) =>
      rewriteJournal((fields) =>
        eventIs("payer.declined")(fields) ? fields.map((field) => field.replace("|p|", "|i|")) : fields,
      ),
    "journal_unlike_log",
  ],
  [
    "an issuance that the journal has not",
    ({ ids, rewriteJournal }) =>
      rewriteJournal((fields) => (fields[1] === ids.proposed ? undefined : fields)),
    "journal_lacks_events",
  ],
  [
    "an amount that the journal has otherwise",
    ({ ids, rewriteJournal }) =>
      rewriteJournal((fields) =>
        fields[1] === ids.proposed
          ? fields.map((field) => field.replace("\x1f1000\x1f", "\x1f2000\x1f"))
          : fields,
      ),
    "offer_unlike_journal",
  ],
  [
    "an adjustment in the journal that does not add up",
    ({ rewriteJournal }) =>
      rewriteJournal((fields) => fields.map((field) => (field === "100500" ? "100600" : field))),
    "journal_arithmetic",
    "account_unlike_journal",
    "adjustment_unlike_journal",
  ],
  [
    "an entry of the journal that is none",
    ({ client, home }) => client.xadd(journal(home()), "*", "event", "whatever"),
    "journal_malformed",
  ],
  [
    "an entry of the journal without a number",
    ({ client, home }) =>
      client.xadd(journal(home()), "*", "event", "account.put", "party", "x", "account", "y", "total", "1.5"),
    "journal_malformed",
  ],
];
