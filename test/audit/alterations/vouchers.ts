import { voucherKey } from "../../../server/ledger/keys.ts";
import { type Alteration, OTHER } from "./sample-book.ts";

export const VOUCHERS: Alteration[] = [
  [
    "a voucher's currency",
    ({ client, ids }) => client.hset(voucherKey(ids.issued), "currency", "USD"),
    "voucher_currency",
  ],
  [
    "a voucher's kind of account",
    ({ client, ids }) => client.hset(voucherKey(ids.issued), "kind", "credit"),
    "voucher_account",
  ],
  [
    "a voucher's issuer",
    ({ client, ids }) => client.hset(voucherKey(ids.issued), "issuer", "thief"),
    "voucher_party",
  ],
  [
    "a voucher's time",
    ({ client, ids }) => client.hset(voucherKey(ids.issued), "issuedAt", "1"),
    "voucher_time",
  ],
  [
    "a voucher's memo",
    ({ client, ids }) => client.hset(voucherKey(ids.issued), "memo", "gold"),
    "voucher_memo",
  ],
  [
    "a voucher's memo that is gone",
    ({ client, ids }) => client.hdel(voucherKey(ids.issued), "memo"),
    "voucher_memo",
  ],
  [
    "a voucher's last digits",
    ({ client, ids }) => client.hset(voucherKey(ids.issued), "last4", "0000"),
    "voucher_account",
  ],
  [
    "a voucher's status",
    ({ client, ids }) => client.hset(voucherKey(ids.issued), "status", "void"),
    "voucher_status",
    "freeze_without_voucher",
  ],
  [
    "a voucher's amount",
    ({ client, ids }) => client.hset(voucherKey(ids.issued), "amount", "9"),
    "voucher_amount",
    "freeze_unlike_voucher",
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
  ],
  [
    "a voucher and its freeze, moved to another account",
    async ({ client, ids, account }) => {
      await client.hset(voucherKey(ids.issued), "account", OTHER, "last4", OTHER.slice(-4));
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account(OTHER).freezes, ids.issued, "1000");
      await client.hset(account().account, "frozen", "0");
      await client.hset(account(OTHER).account, "frozen", "1000");
    },
    "voucher_account",
    "frozen_unlike_journal",
  ],
  [
    "a voucher of an issuance that has none",
    ({ client, ids }) => client.copy(voucherKey(ids.issued), voucherKey(ids.proposed)),
    "voucher_unexpected",
    "voucher_without_freeze",
    "voucher_without_issuance",
  ],
  [
    "issuance, voucher and freeze gone together",
    async ({ client, ids, account, record }) => {
      await client.del(record(ids.issued), voucherKey(ids.issued));
      await client.hdel(account().freezes, ids.issued);
      await client.hset(account().account, "frozen", "0");
    },
    "issuance_missing",
    "frozen_unlike_journal",
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
    "frozen_unlike_journal",
    "request_of_nothing",
  ],
];
