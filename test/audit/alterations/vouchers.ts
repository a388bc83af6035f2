import { voucherKey } from "../../../server/ledger/keys.ts";
import { type Alteration, OTHER } from "./sample-book.ts";

export const VOUCHERS: Alteration[] = [
  [
    "a voucher's currency",
    ({ ids, setTerm }) => setTerm(ids.issued, 4, "USD"),
    "voucher_currency",
    "terms_unlike_journal",
    "log_altered",
  ],
  [
    "a voucher's kind of account",
    ({ ids, setTerm }) => setTerm(ids.issued, 10, "credit"),
    "voucher_account",
    "terms_unlike_journal",
    "log_altered",
  ],
  [
    "a voucher's issuer",
    ({ ids, setTerm }) => setTerm(ids.issued, 0, "thief"),
    "voucher_party",
    "counted_missing",
    "terms_unlike_journal",
    "log_altered",
    "voucher_unlisted",
  ],
  [
    "a voucher's time",
    ({ ids, setTerm }) => setTerm(ids.issued, 7, "1"),
    "voucher_time",
    "terms_unlike_journal",
    "log_altered",
    "voucher_unlisted",
    "voucher_entry_of_nothing",
  ],
  [
    "a voucher's memo",
    ({ ids, setTerm }) => setTerm(ids.issued, 5, "gold"),
    "voucher_memo",
    "terms_unlike_journal",
    "log_altered",
  ],
  [
    "a voucher's memo that is gone",
    ({ ids, setTerm }) => setTerm(ids.issued, 5, ""),
    "voucher_memo",
    "terms_unlike_journal",
    "log_altered",
  ],
  [
    "a voucher's last digits",
    ({ ids, setTerm }) => setTerm(ids.issued, 11, "0000"),
    "voucher_account",
    "terms_unlike_journal",
    "log_altered",
  ],
  ["a voucher's state", ({ ids, setStanding }) => setStanding(ids.issued, 1, "accepted"), "state_unlike_log"],
  [
    "a voucher's amount",
    ({ ids, setTerm }) => setTerm(ids.issued, 3, "9"),
    "voucher_amount",
    "terms_unlike_journal",
    "log_altered",
    "standing_unlike_log",
  ],
  [
    "a voucher that may leave",
    ({ client, ids }) => client.expire(voucherKey(ids.issued), 1000),
    "ttl_unexpected",
  ],
  [
    "a voucher that is gone",
    ({ client, ids }) => client.del(voucherKey(ids.issued)),
    "voucher_missing",
    "freeze_without_voucher",
    "deadline_of_nothing",
    "voucher_entry_of_nothing",
  ],
  [
    "a voucher and its freeze, moved to another account",
    async ({ client, ids, account, setTerm }) => {
      await setTerm(ids.issued, 9, OTHER);
      await setTerm(ids.issued, 11, OTHER.slice(-4));
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account(OTHER).freezes, ids.issued, "1000");
      await client.hset(account().account, "frozen", "0");
      await client.hset(account(OTHER).account, "frozen", "1000");
    },
    "voucher_account",
    "frozen_unlike_journal",
    "log_altered",
    "terms_unlike_journal",
  ],
  [
    "a voucher of an issuance that has none",
    ({ client, ids }) => client.copy(voucherKey(ids.issued), voucherKey(ids.proposed)),
    "voucher_unexpected",
    "voucher_without_freeze",
    "voucher_without_issuance",
    "deadline_missing",
    "journal_lacks_events",
    "voucher_unlisted",
  ],
  [
    "issuance, voucher and freeze gone together",
    async ({ client, ids, account, record }) => {
      await client.del(record(ids.issued), voucherKey(ids.issued));
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account().account, "frozen", "0");
    },
    "issuance_missing",
    "voucher_missing",
    "frozen_unlike_journal",
    "deadline_of_nothing",
    "voucher_entry_of_nothing",
  ],
  [
    "issuance, voucher and freeze gone together, after its issuer's index was pruned",
    async ({ client, ids, account, record, ledger }) => {
      await ledger.openIssuances.pruneEnded();
      await client.del(record(ids.issued), voucherKey(ids.issued));
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account().account, "frozen", "0");
    },
    "issuance_missing",
    "voucher_missing",
    "frozen_unlike_journal",
    "deadline_of_nothing",
    "voucher_entry_of_nothing",
    "request_of_nothing",
  ],
];
