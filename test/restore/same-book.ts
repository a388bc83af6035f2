/** Holds a book that was made anew against the one that it was made from, key by key. */
import type { Redis } from "ioredis";
import * as assert from "uvu/assert";
import { type KeyKind, readBookKey } from "../../server/audit/book-key.ts";

/** Scores by member, fields, entries or the text of a key. */
type Value = Record<string, string>;
type Dump = Map<string, { kind: KeyKind; value: Value }>;

/** What is forgotten: who sweeps and how far the feed was, what was verified within the hour, what was waited for, and keys of operators that nothing was done with yet. */
const FORGOTTEN: ReadonlySet<KeyKind> = new Set<KeyKind>([
  "sweep",
  "archive-lease",
  "fed",
  "confirmed",
  "claim",
  "probes",
]);

async function dump(client: Redis, partitions: number): Promise<Dump> {
  const found: Dump = new Map();
  for (const key of await client.keys("*")) {
    const kind = readBookKey(key, partitions)?.kind;
    assert.ok(kind, `${key} is no key of a book`);
    if (!FORGOTTEN.has(kind)) found.set(key, { kind, value: await readValue(client, key) });
  }
  return found;
}

async function readValue(client: Redis, key: string): Promise<Value> {
  switch (await client.type(key)) {
    case "string":
      return { text: (await client.get(key)) ?? "" };
    case "hash":
      return client.hgetall(key);
    case "zset": {
      const list = await client.zrange(key, 0, "-1", "WITHSCORES");
      return Object.fromEntries(
        list.flatMap((member, at) => (at % 2 === 0 ? [[member, list[at + 1] ?? ""]] : [])),
      );
    }
    default: {
      const entries = await client.xrange(key, "-", "+");
      return Object.fromEntries(entries.map(([id, fields]) => [id, JSON.stringify(fields)]));
    }
  }
}

/** What is kept in another way than the journal can tell, so that the new book may differ from the living one. */
const COMPARED: { readonly [K in KeyKind]?: (living: Value, restored: Value, key: string) => void } = {
  // A deadline that moved later is armed for its earlier time.
  deadlines: (living, restored, key) => {
    assert.equal(Object.keys(restored).sort(), Object.keys(living).sort(), key);
    for (const [id, score] of Object.entries(living))
      assert.ok(Number(score) <= Number(restored[id]), `${key}: ${id} is armed for ${restored[id]}`);
  },
  // What has ended is pruned later, or never.
  open: (living, restored, key) => isWithin(restored, living, key),
  // What has ended counts until it is pruned.
  requested: (living, restored, key) => {
    for (const [issuer, count] of Object.entries(restored))
      assert.ok(Number(count) <= Number(living[issuer]), `${key}: ${issuer}`);
  },
  // What was touched leaves later, and what nobody was told of is counted with the telling.
  untouched: () => undefined,
  caused: (living, restored, key) => isWithin(restored, living, key),
  // Which beneficiaries were told nobody knows.
  undone: (living, restored, key) => {
    const settlements = (value: Value) => Object.keys(value).filter((entry) => entry.includes("."));
    assert.equal(settlements(restored).sort(), settlements(living).sort(), key);
  },
  // When a hub last looked.
  silence: (living, restored, key) => {
    const { swept, ...rest } = restored;
    const { swept: _, ...was } = living;
    assert.equal(rest, was, key);
    assert.ok(Number(swept) > 0, key);
  },
  // Whether it was pruned.
  request: (living, restored, key) =>
    assert.is(restored.text?.replace(":ended", ""), living.text?.replace(":ended", ""), key),
  // Parties of other partitions are entered, and what has ended is moved, later.
  "live-vouchers": () => undefined,
  "ended-vouchers": () => undefined,
};

function isWithin(part: Value, whole: Value, key: string): void {
  const strange = Object.keys(part).filter((member) => whole[member] === undefined);
  assert.equal(strange, [], key);
}

/** Throws when the restored book is not the living one. */
export async function assertSameBook(living: Redis, restored: Redis, partitions: number): Promise<void> {
  const [was, is] = [await dump(living, partitions), await dump(restored, partitions)];
  const keys = new Set([...was.keys(), ...is.keys()]);
  for (const key of [...keys].sort()) {
    const kind = (was.get(key) ?? is.get(key))?.kind as KeyKind;
    const [before, after] = [was.get(key)?.value ?? {}, is.get(key)?.value ?? {}];
    const compare = COMPARED[kind];
    if (compare) compare(before, after, key);
    else assert.equal(after, before, key);
  }
  assertIndexed(was, is);
}

/** Whoever finds a voucher in the living book finds it in the restored one. */
function assertIndexed(was: Dump, is: Dump): void {
  const membersOf = (dump: Dump) =>
    new Set(
      [...dump].flatMap(([, { kind, value }]) => (kind.endsWith("-vouchers") ? Object.keys(value) : [])),
    );
  const found = membersOf(is);
  assert.equal(
    [...membersOf(was)].filter((member) => !found.has(member)),
    [],
  );
}
