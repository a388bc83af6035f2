/** The checker on the archive: one that has all is right, and each way in which it can be wrong is found. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ArchivedEntry } from "./archived-book.ts";
import { check } from "./checker.ts";
import type { Evidence, RuleName } from "./findings.ts";
import { archivedIn, headOf, markLost, validArchive } from "./valid-archive.ts";
import { ID, markAt } from "./valid-history.ts";
import { storedVoucher, VOUCHER_ID, voucherMarkAt } from "./valid-voucher.ts";

const checker = suite("the checker, of the archive,");

function rulesOf(evidence: Evidence): RuleName[] {
  return [...new Set(check(evidence).map(({ rule }) => rule))].sort();
}

/** The newest event of the voucher is gone from the store, and an operator has let it go on. */
function loseLast(evidence: Evidence): void {
  const voucher = storedVoucher(evidence);
  voucher.log.pop();
  Object.assign(voucher, { version: 4, fence: "decided", decided: true });
  evidence.book.journals[0]?.pop();
  const { archived, stored } = archivedIn(evidence);
  // What is no event comes last in the store, too.
  stored.splice(-2, 1);
  Object.assign(archived.at(-2) as ArchivedEntry, { isLost: true });
  const { version, digest, state } = voucherMarkAt(4);
  Object.assign(headOf(evidence, VOUCHER_ID), { version, digest, state });
  const { history } = evidence;
  history.rewinds.push({ at: 400, lost: [voucherMarkAt(5)] });
  for (const view of history.views) if (view.issuanceId === VOUCHER_ID) view.failed = "rolled_back";
  history.notices.push({ at: 401, terminal: "nord/1", issuanceId: VOUCHER_ID, code: "rolled_back" });
}

checker("finds nothing wrong with one that has all", () => {
  assert.equal(check(validArchive()), []);
  assert.equal(check(validArchive(true)), []);
});

checker("finds nothing wrong with one that knows what a store that was put back has lost", () => {
  const evidence = validArchive();
  loseLast(evidence);
  assert.equal(check(evidence), []);
});

checker("finds nothing wrong with an answer about what has left the store that is as it was", () => {
  const evidence = validArchive();
  const { version, digest, state } = markAt(5);
  evidence.history.answered.push({ issuanceId: ID, status: 200, found: { version, digest, state } });
  assert.equal(check(evidence), []);
});

checker("finds nothing wrong with one that has what was taken out of the store's journal", () => {
  const evidence = validArchive();
  archivedIn(evidence).stored.splice(0, 4);
  Object.assign(evidence.book.archive ?? {}, { isRetiring: true });
  assert.equal(check(evidence), []);
});

type Lie = [title: string, tell: (evidence: Evidence) => void];

const LIES: Lie[] = [
  [
    "an answer about what has left the store that is none",
    ({ history }) => void history.answered.push({ issuanceId: ID, status: 404 }),
  ],
  [
    "an answer about what has left the store that is an earlier one",
    ({ history }) => {
      const { version, digest, state } = markAt(4);
      history.answered.push({ issuanceId: ID, status: 200, found: { version, digest, state } });
    },
  ],
  ["an entry that it lacks at the end", (evidence) => void archivedIn(evidence).archived.pop()],
  [
    "an entry that it lacks in between",
    (evidence) => {
      const { archived } = archivedIn(evidence);
      archived.pop();
      archived.splice(3, 1);
      for (const [index, entry] of archived.entries())
        Object.assign(entry, { position: index + 1, feed: index + 1 });
    },
  ],
  [
    "an entry that it has otherwise",
    (evidence) => {
      (archivedIn(evidence).archived.at(-1) as ArchivedEntry).fields = '["entry","otherwise"]';
    },
  ],
  [
    "entries in another order",
    (evidence) => {
      const { stored } = archivedIn(evidence);
      stored.push(...stored.splice(-2, 1));
    },
  ],
  [
    "an entry that is in it twice",
    (evidence) => {
      const { archived } = archivedIn(evidence);
      archived.push({ ...(archived.at(-1) as ArchivedEntry), position: archived.length + 1 });
    },
  ],
  [
    "an event that is in it twice, as another entry",
    (evidence) => {
      const { archived, stored } = archivedIn(evidence);
      const again = { ...(archived.at(-2) as ArchivedEntry), entry: "1900-0", position: 12, feed: 11 };
      archived.push(again);
      stored.push({ entry: again.entry, fields: again.fields });
    },
  ],
  [
    "a position that was left out",
    (evidence) => {
      (archivedIn(evidence).archived.at(-1) as ArchivedEntry).position += 1;
    },
  ],
  [
    "a journal that does not begin at its beginning, though nothing is taken out of it",
    (evidence) => void archivedIn(evidence).stored.splice(0, 4),
  ],
  [
    "a journal that the store has lost as a whole",
    (evidence) => {
      archivedIn(evidence).stored.splice(0);
      Object.assign(evidence.book.archive ?? {}, { isRetiring: true });
    },
  ],
  [
    "an event that has no place in the feed",
    (evidence) => {
      (archivedIn(evidence).archived[0] as ArchivedEntry).feed = 0;
    },
  ],
  [
    "two events at one place of the feed",
    (evidence) => {
      (archivedIn(evidence).archived[1] as ArchivedEntry).feed = 1;
    },
  ],
  [
    "an event that it calls lost, and the store and everybody has",
    (evidence) => {
      (archivedIn(evidence).archived.at(-2) as ArchivedEntry).isLost = true;
    },
  ],
  [
    "an event that was lost by the store, and that it still has",
    (evidence) => {
      loseLast(evidence);
      (archivedIn(evidence).archived.at(-2) as ArchivedEntry).isLost = false;
    },
  ],
  [
    "an event that it and the store's journal have, and the book has not",
    (evidence) => {
      const { archived, stored } = archivedIn(evidence);
      const event = {
        issuanceId: "3-bbbbbbbbbbbbbbbb",
        version: 1,
        line: "d1|payer.requested|i|proposed|1|",
      };
      const more = { entry: "1900-0", fields: '["more"]', isLost: false, feed: 11, event };
      archived.push({ ...more, position: archived.length + 1 });
      stored.push({ entry: more.entry, fields: more.fields });
    },
  ],
  [
    "an event that neither it nor the store's journal has, and terminals were told of",
    (evidence) => {
      const { archived, stored } = archivedIn(evidence);
      const [lost] = archived.splice(4, 1);
      stored.splice(4, 1);
      for (const [index, entry] of archived.entries())
        Object.assign(entry, { position: index + 1, feed: entry.event ? index + 1 : 0 });
      assert.is(lost?.event?.issuanceId, ID);
    },
  ],
  ["a row that is missing", ({ book }) => void book.archive?.heads.pop()],
  [
    "a row that is called lost",
    (evidence) => {
      headOf(evidence, ID).isLost = true;
    },
  ],
  [
    "a row that is at an earlier version",
    (evidence) => {
      const { version, digest, state } = markAt(4);
      Object.assign(headOf(evidence, ID), { version, digest, state });
    },
  ],
  [
    "a row in another state",
    (evidence) => {
      headOf(evidence, VOUCHER_ID).state = "expired";
    },
  ],
  [
    "a row with another digest",
    (evidence) => {
      headOf(evidence, VOUCHER_ID).digest = "another";
    },
  ],
  [
    "an account that it makes otherwise of its journal",
    ({ book }) => void book.archive?.unlike.push({ subject: "acme/1", problem: "it has 5, and it is 6" }),
  ],
];

for (const [title, tell] of LIES) {
  checker(`finds ${title}`, () => {
    const evidence = validArchive();
    tell(evidence);
    assert.equal(rulesOf(evidence), ["archived"]);
  });
}

checker("finds what was lost by the store, and that it has not noticed", () => {
  const evidence = validArchive();
  markLost(evidence, 1);
  for (const entry of archivedIn(evidence).archived) entry.isLost = false;
  assert.equal(rulesOf(evidence), ["archived"]);
});

checker.run();
