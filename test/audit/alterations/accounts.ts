import * as assert from "uvu/assert";
import { accountKeys, accountsKey } from "../../../server/ledger/keys.ts";
import { type Alteration, EMPTY, NUMBER, OTHER } from "./sample-book.ts";

export const ACCOUNTS: Alteration[] = [
  [
    "a total that is no number",
    ({ client, account }) => client.hset(account(EMPTY).account, "total", "abc"),
    "account_total",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "a total of half a cent",
    ({ client, account }) => client.hset(account(EMPTY).account, "total", "12500.5"),
    "account_total",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "a total below zero",
    ({ client, account }) => client.hset(account(EMPTY).account, "total", "-5"),
    "account_total",
    "account_unlike_journal",
    "frozen_above_total",
    "money_not_conserved",
  ],
  [
    "a total that no number can hold exactly",
    ({ client, account }) => client.hset(account(EMPTY).account, "total", "9007199254740993"),
    "account_total",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "a total that is another",
    ({ client, account }) => client.hset(account(EMPTY).account, "total", "100001"),
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "an account that holds credit now",
    ({ client, account }) => client.hset(account(EMPTY).account, "kind", "credit"),
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "an account that is active again",
    async ({ client, account, accounts }) => {
      await accounts.setStatus({ party: "acme", number: EMPTY }, "blocked");
      await client.hset(account(EMPTY).account, "status", "active");
    },
    "account_unlike_journal",
  ],
  [
    "a kind that there is not",
    ({ client, account }) => client.hset(account(EMPTY).account, "kind", "gold"),
    "account_malformed",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "a frozen sum that is no number",
    ({ client, account }) => client.hset(account().account, "frozen", "abc"),
    "account_malformed",
    "frozen_unlike_freezes",
    "frozen_unlike_journal",
  ],
  [
    "another holder",
    ({ client, account }) => client.hset(account().account, "holder", "Thief"),
    "account_name",
    "account_unlike_journal",
  ],
  [
    "another holder, under whose name the account is found",
    ({ client, account }) => client.hset(account().account, "holder", "Thief", "name", "thief"),
    "account_unlike_journal",
  ],
  [
    "an account without a field",
    ({ client, account }) => client.hdel(account().account, "frozen"),
    "account_malformed",
    "frozen_unlike_journal",
  ],
  [
    "an account that may leave",
    ({ client, account }) => client.expire(account().account, 1000),
    "ttl_unexpected",
  ],
  [
    "an account that is not in its party's list",
    ({ client, home }) => client.zrem(accountsKey(home(), "acme"), NUMBER),
    "account_unlisted",
  ],
  [
    "a list that names an account that is not there",
    ({ client, home }) => client.zadd(accountsKey(home(), "acme"), 0, "99999999"),
    "list_entry_of_nothing",
  ],
  [
    "an account in a wrong partition",
    async ({ client, account, home, ledger, accounts }) => {
      const partition = (home() + 1) % 16;
      const keys = accountKeys({ partition, party: "acme", number: EMPTY });
      await client.copy(account(EMPTY).account, keys.account);
      await client.zadd(accountsKey(partition, "acme"), 0, EMPTY);
      // Where something else has been written before, there is a journal.
      const party = [
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "h",
        "i",
        "j",
        "k",
        "l",
        "m",
        "n",
        "o",
        "p",
        "q",
        "r",
      ].find((name) => ledger.partitionOf(name) === partition);
      assert.ok(party);
      await accounts.put(
        { party, number: EMPTY },
        { kind: "funds", holder: "X", currency: "EUR", balance: 1 },
      );
    },
    "wrong_partition",
    "account_unlike_journal",
    "money_not_conserved",
  ],
  [
    "an account that is gone",
    ({ client, account }) => client.del(account(EMPTY).account),
    "account_missing",
    "list_entry_of_nothing",
    "money_not_conserved",
  ],
  [
    "freezes without their account",
    ({ client, ids, account }) => client.hset(account("11112222").freezes, ids.issued, "1000"),
    "freeze_without_account",
  ],
  [
    "a freeze that is no number",
    ({ client, ids, account }) => client.hset(account().freezes, ids.issued, "abc"),
    "freeze_malformed",
    "frozen_unlike_freezes",
    "voucher_amount",
  ],
  [
    "a freeze that is gone",
    ({ client, ids, account }) => client.hdel(account().freezes, ids.issued),
    "frozen_unlike_freezes",
    "voucher_without_freeze",
  ],
  [
    "a freeze of nothing",
    ({ client, account }) => client.hset(account(OTHER).freezes, "nothing", "5"),
    "freeze_malformed",
    "frozen_unlike_freezes",
  ],
  [
    "a freeze that is forgotten, with what is frozen",
    async ({ client, ids, account }) => {
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account().account, "frozen", "0");
    },
    "voucher_without_freeze",
    "frozen_unlike_journal",
  ],
  [
    "less than nothing that is frozen",
    ({ client, account }) => client.hset(account().account, "frozen", "-5"),
    "frozen_negative",
    "frozen_unlike_freezes",
    "frozen_unlike_journal",
  ],
  [
    "an adjustment that is remembered otherwise",
    ({ client, account }) => client.hset(account().adjustments, "deposit-1", "700 100700 0"),
    "adjustment_unlike_journal",
  ],
  [
    "an adjustment that never was",
    ({ client, account }) => client.hset(account().adjustments, "deposit-2", "700 100700 0"),
    "adjustment_unlike_journal",
    "adjustment_missing",
  ],
  [
    "an adjustment that is forgotten",
    ({ client, account }) => client.del(account().adjustments),
    "adjustment_missing",
  ],
];
