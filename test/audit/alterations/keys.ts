import { bookKey } from "../../../server/ledger/keys.ts";
import type { Alteration } from "./sample-book.ts";

export const KEYS: Alteration[] = [
  ["a partition without its marker", ({ client }) => client.del(bookKey(5)), "marker_missing"],
  ["partition 0 without its marker", ({ client }) => client.del(bookKey(0)), "marker_missing"],
  ["a partition of another book", ({ client }) => client.hset(bookKey(5), "id", "another"), "marker_foreign"],
  [
    "a partition of another cut",
    ({ client }) => client.hset(bookKey(5), "partitions", "8"),
    "marker_foreign",
  ],
  ["a marker that may leave", ({ client }) => client.expire(bookKey(5), 1000), "ttl_unexpected"],
  ["a lease that stays", ({ client }) => client.set("ts:{0}:sweep", "somebody"), "ttl_missing"],
  ["a key that no book has", ({ client }) => client.set("ts:{3}:secret", "1"), "unknown_key"],
  ["a key without a partition", ({ client }) => client.set("ts:account", "1"), "unknown_key"],
  [
    "a key of a partition that there is not",
    ({ client }) => client.set("ts:{99}:confirmed", "1"),
    "unknown_key",
  ],
  [
    "an account of a party that can't be",
    ({ client }) => client.hset("ts:{3}:account:A B:1", "total", "1"),
    "unknown_key",
  ],
];
