import {
  missingKey,
  pairMember,
  partitionKeys,
  REVOKED_KEY,
  requestKey,
  SIGNING_KEYS_KEY,
} from "../../../server/ledger/keys.ts";
import { type Alteration, NOWHERE, PUBLIC_KEY } from "./sample-book.ts";

const { deadlines, open, requested, proposed, fences } = partitionKeys;

export const INDEXES: Alteration[] = [
  [
    "a deadline that is gone",
    ({ client, ids, home }) => client.zrem(deadlines(home()), ids.proposed),
    "deadline_missing",
  ],
  [
    "a deadline that is later",
    ({ client, ids, home }) => client.zadd(deadlines(home()), "inf", ids.proposed),
    "deadline_late",
  ],
  [
    "a deadline of what has ended",
    ({ client, ids, home }) => client.zadd(deadlines(home()), 1, ids.declined),
    "deadline_after_end",
  ],
  [
    "a deadline of nothing",
    ({ client, home }) => client.zadd(deadlines(home()), 1, `${home()}-${NOWHERE}`),
    "deadline_of_nothing",
  ],
  [
    "a deadline of something else",
    ({ client, home }) => client.zadd(deadlines(home()), 1, "whatever"),
    "deadline_of_nothing",
  ],
  [
    "what is kept of a missing issuance",
    ({ client, ids }) => client.set(missingKey(ids.declined), "abc"),
    "missing_malformed",
  ],
  [
    "a signing key that is none",
    ({ client }) => client.zadd(SIGNING_KEYS_KEY, 1, "AAAA"),
    "signing_key_malformed",
  ],
  [
    "a signing key without a time",
    ({ client }) => client.zadd(SIGNING_KEYS_KEY, "inf", PUBLIC_KEY),
    "signing_key_malformed",
  ],
  ["signing keys that may leave", ({ client }) => client.expire(SIGNING_KEYS_KEY, 1000), "ttl_unexpected"],
  [
    "signing keys in a partition that does not have them",
    ({ client }) => client.zadd("ts:{3}:signing-keys", 1, PUBLIC_KEY),
    "wrong_partition",
  ],
  [
    "a revocation of no party",
    ({ client }) => client.zadd(REVOKED_KEY, 1, "No Party"),
    "revocation_malformed",
  ],
  [
    "a revocation in a partition that does not have them",
    ({ client }) => client.zadd("ts:{3}:revoked", 1, "acme"),
    "wrong_partition",
  ],
  [
    "a fence that is none",
    ({ client, ids, home }) => client.zadd(fences(home()), 1, ids.proposed),
    "fence_of_nothing",
  ],
  [
    "an open issuance in no index of its payer's",
    async ({ client, ids, home, memberOf }) =>
      client.zrem(open(home()), await memberOf(ids.proposed, "acme")),
    "open_unlisted",
  ],
  [
    "an open issuance in no index of its issuer's",
    async ({ client, ids, shops, memberOf }) =>
      client.zrem(open(shops()), await memberOf(ids.proposed, "shop")),
    "open_unlisted",
    "counted_wrong",
  ],
  [
    "a request that waits and is not counted",
    ({ client, ids, home }) =>
      client.zrem(proposed(home()), pairMember({ of: "acme", by: "shop", id: ids.proposed })),
    "counted_missing",
  ],
  [
    "a request that is counted and waits no more",
    ({ client, ids, home }) =>
      client.zadd(proposed(home()), 0, pairMember({ of: "acme", by: "shop", id: ids.verified })),
    "counted_of_nothing",
  ],
  [
    "another count of what an issuer has requested",
    ({ client, shops }) => client.hincrby(requested(shops()), "shop", 1),
    "counted_wrong",
  ],
  [
    "a count of what nobody has requested",
    ({ client }) => client.hset(requested(3), "nobody", "1"),
    "counted_wrong",
  ],
  [
    "an ended issuance in its payer's index",
    async ({ client, ids, home, memberOf }) =>
      client.zadd(open(home()), 0, await memberOf(ids.declined, "acme")),
    "open_of_nothing",
  ],
  [
    "an index entry of nothing",
    ({ client, home }) => client.zadd(open(home()), 0, `acme:1:${home()}-${NOWHERE}`),
    "open_of_nothing",
  ],
  [
    "an index entry that is none",
    ({ client, home }) => client.zadd(open(home()), 0, "acme"),
    "open_of_nothing",
  ],
  [
    "an index entry of another party",
    async ({ client, ids, home, memberOf }) =>
      client.zadd(open(home()), 0, (await memberOf(ids.proposed, "acme")).replace("acme", "thief")),
    "open_of_nothing",
  ],
  [
    "a request of nothing",
    ({ client }) => client.set(`ts:{3}:request:${NOWHERE}`, "3:1"),
    "request_of_nothing",
  ],
  [
    "a request that is none",
    ({ client }) => client.set(`ts:{3}:request:${NOWHERE}`, "abc"),
    "request_malformed",
  ],
  [
    "a request that may leave before its issuance",
    ({ client, ids, shops }) => client.expire(requestKey(shops(), ids.proposed), 1000),
    "ttl_unexpected",
  ],
  [
    "a request that stays after its issuance",
    async ({ client, ids, shops, ledger }) => {
      await ledger.openIssuances.pruneEnded();
      await client.persist(requestKey(shops(), ids.declined));
    },
    "ttl_missing",
  ],
];
