import {
  ACCOUNT_NUMBER_PATTERN,
  COMMAND_ID_PATTERN,
  ISSUANCE_ID_PATTERN,
  issuanceIdOf,
  lastDigits,
  PARTY_PATTERN,
  REFERENCE_PATTERN,
  VOUCHER_ID_PATTERN,
  voucherIdOf,
} from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { issuanceIdFor, partitionOf, partitionOfIssuance } from "../../server/ledger/keys.ts";
import { holds } from "../helpers/properties.ts";

const ids = suite("ids");

const SHOWN: [number: string, shown: string][] = [
  ["6222020200112233", "2233"],
  ["12345678", "5678"],
  ["1234567", "567"],
  ["123456", "456"],
  ["1234", "34"],
  ["123", "3"],
  ["12", "2"],
  ["7", ""],
  ["DE89-3704-0044", "0044"],
];
for (const [number, shown] of SHOWN) {
  ids(`of the number ${number} the issuer may see "${shown}"`, () => assert.is(lastDigits(number), shown));
}

ids("of no number more than half is shown, and never more than four characters", () =>
  holds(
    fc.property(fc.stringMatching(ACCOUNT_NUMBER_PATTERN), (number) => {
      const shown = lastDigits(number);
      assert.ok(number.endsWith(shown));
      assert.ok(shown.length <= 4 && shown.length * 2 <= number.length);
    }),
    { name: "last digits", runs: 1000 },
  ),
);

const FORMS: [what: string, pattern: RegExp, good: string[], bad: string[]][] = [
  [
    "a party",
    PARTY_PATTERN,
    ["acme", "0", "a.b_c-d", "a".repeat(64)],
    ["", "Acme", ".acme", "-acme", "a b", "a:b", "a{1}", "a".repeat(65), "acme\n", "北京"],
  ],
  [
    "a commandId",
    COMMAND_ID_PATTERN,
    ["1", "A_b-9", "c".repeat(64)],
    ["", "a b", "a.b", "c".repeat(65), "a\n", "__proto__é"],
  ],
  [
    "an issuance's id",
    ISSUANCE_ID_PATTERN,
    ["0-AAAAAAAAAAAAAAAA", "16383-abcdefghij_-0123"],
    [
      "",
      "0-",
      "-AAAAAAAAAAAAAAAA",
      "0-AAAAAAAAAAAAAAA",
      "0-AAAAAAAAAAAAAAAAA",
      "123456-AAAAAAAAAAAAAAAA",
      "0:AAAAAAAAAAAAAAAA",
    ],
  ],
  [
    "a voucher's id",
    VOUCHER_ID_PATTERN,
    ["v0-AAAAAAAAAAAAAAAA"],
    ["0-AAAAAAAAAAAAAAAA", "vv0-AAAAAAAAAAAAAAAA"],
  ],
  [
    "an account's number",
    ACCOUNT_NUMBER_PATTERN,
    ["1", "DE89-3704", "9".repeat(34)],
    ["", "9".repeat(35), "1 2", "1:2", "1_2", "１２"],
  ],
  ["a reference", REFERENCE_PATTERN, ["2026-01-01:salary.1_a"], ["", "a b", "r".repeat(65), "a/b"]],
];
for (const [what, pattern, good, bad] of FORMS) {
  ids(`the form of ${what} takes what it should and nothing else`, () => {
    for (const text of good) assert.match(text, pattern);
    for (const text of bad) assert.not.match(text, pattern);
  });
}

ids(
  "an issuance's id tells its partition, is the issuer's and the commandId's own, and names one voucher",
  () =>
    holds(
      fc.property(
        fc.stringMatching(PARTY_PATTERN),
        fc.stringMatching(PARTY_PATTERN),
        fc.stringMatching(COMMAND_ID_PATTERN),
        fc.integer({ min: 1, max: 16384 }),
        (issuer, payer, commandId, partitions) => {
          const partition = partitionOf(payer, partitions);
          assert.ok(partition >= 0 && partition < partitions);
          const id = issuanceIdFor({ issuer, commandId, partition });
          assert.match(id, ISSUANCE_ID_PATTERN);
          assert.is(partitionOfIssuance(id), partition);
          assert.is(issuanceIdFor({ issuer, commandId, partition }), id);
          assert.is.not(issuanceIdFor({ issuer: `${issuer}x`, commandId, partition }), id);
          assert.is.not(issuanceIdFor({ issuer, commandId: `${commandId}x`, partition }), id);
          assert.match(voucherIdOf(id), VOUCHER_ID_PATTERN);
          assert.is(issuanceIdOf(voucherIdOf(id)), id);
        },
      ),
      { name: "issuance ids", runs: 1000 },
    ),
);

ids("a party's partition never changes, since the book is laid out by it", () => {
  assert.equal(
    ["acme", "bolt", "a", "party.with-every_sign0"].map((party) => partitionOf(party, 256)),
    [175, 70, 44, 109],
  );
});

ids("parties spread evenly over the partitions", () => {
  const counts = new Array<number>(16).fill(0);
  for (let index = 0; index < 16_000; index++) {
    const partition = partitionOf(`party-${index}`, 16);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  assert.ok(Math.min(...counts) > 800 && Math.max(...counts) < 1200, counts.join(" "));
});

ids.run();
