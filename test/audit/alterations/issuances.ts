import { unpack } from "../../../server/ledger/packing.ts";
import { type Alteration, OTHER } from "./sample-book.ts";

export const ISSUANCES: Alteration[] = [
  [
    "the offer's amount",
    ({ ids, setPart }) => setPart(ids.verified, "o", 2, "900000"),
    "offer_unlike_journal",
    "log_altered",
  ],
  [
    "the offer's currency",
    ({ ids, setPart }) => setPart(ids.proposed, "o", 3, "USD"),
    "offer_unlike_journal",
    "log_altered",
  ],
  [
    "the offer's memo",
    ({ ids, setPart }) => setPart(ids.proposed, "o", 4, "gold"),
    "offer_unlike_journal",
    "log_altered",
  ],
  [
    "the offer's review",
    ({ ids, setPart }) => setPart(ids.verified, "o", 5, "none"),
    "offer_unlike_journal",
    "log_altered",
  ],
  [
    "when the offer was made",
    ({ ids, setPart }) => setPart(ids.proposed, "o", 6, "1"),
    "standing_unlike_log",
    "offer_unlike_journal",
    "log_altered",
  ],
  ["the state", ({ ids, setPart }) => setPart(ids.verified, "s", 1, "changing"), "state_unlike_log"],
  ["the digest", ({ ids, setPart }) => setPart(ids.verified, "s", 2, "000000000000"), "digest_unlike_log"],
  [
    "the deadline",
    async ({ client, ids, record, setPart }) => {
      const deadline = unpack((await client.hget(record(ids.proposed), "s")) ?? "")[3];
      await setPart(ids.proposed, "s", 3, String(Number(deadline) + 60_000));
    },
    "deadline_unlike_log",
  ],
  [
    "how often the account was changed",
    ({ ids, setPart }) => setPart(ids.verified, "s", 4, "5"),
    "standing_unlike_log",
  ],
  [
    "the account that is shown",
    ({ ids, setPart }) => setPart(ids.verified, "s", 6, "0000"),
    "standing_unlike_log",
  ],
  ["when it ended", ({ ids, setPart }) => setPart(ids.declined, "s", 7, "1"), "standing_unlike_log"],
  [
    "the account that stands",
    ({ ids, setPart }) => setPart(ids.verified, "a", 1, OTHER),
    "account_unlike_log",
  ],
  [
    "how many accounts were refused",
    ({ ids, setPart }) => setPart(ids.verified, "a", 0, "3"),
    "account_unlike_log",
  ],
  [
    "a record that is no record",
    ({ client, ids, record }) => client.hset(record(ids.proposed), "s", "1"),
    "issuance_malformed",
    "counted_of_nothing",
  ],
  [
    "a record with a field that none has",
    ({ client, ids, record }) => client.hset(record(ids.proposed), "z", "1"),
    "issuance_malformed",
  ],
  [
    "an event in the log",
    async ({ client, ids, record }) => {
      const line = (await client.hget(record(ids.verified), "2")) as string;
      await client.hset(record(ids.verified), "2", line.replace("|p|", "|i|"));
    },
    "log_altered",
    "journal_unlike_log",
  ],
  [
    "an event that is gone from the log",
    ({ client, ids, record }) => client.hdel(record(ids.verified), "4"),
    "log_incomplete",
    "account_unlike_log",
    "digest_unlike_log",
    "state_unlike_log",
    "standing_unlike_log",
    "deadline_unlike_log",
    "answer_malformed",
  ],
  [
    "an answer that names a version that there is not",
    ({ client, ids, record }) => client.hset(record(ids.proposed), "p:later", "abcdefgh 7"),
    "answer_malformed",
  ],
  [
    "an answer that is gone",
    ({ client, ids, record }) => client.hdel(record(ids.verified), "p:verified-agree"),
    "answer_missing",
  ],
  [
    "an open issuance that may leave",
    ({ client, ids, record }) => client.expire(record(ids.proposed), 1000),
    "ttl_unexpected",
  ],
  [
    "an ended issuance that stays",
    ({ client, ids, record }) => client.persist(record(ids.declined)),
    "ttl_missing",
  ],
  [
    "an open issuance that is gone",
    ({ client, ids, record }) => client.del(record(ids.proposed)),
    "issuance_missing",
    "counted_of_nothing",
    "deadline_of_nothing",
    "open_of_nothing",
  ],
];
