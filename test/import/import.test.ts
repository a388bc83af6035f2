// Imports into a real book: what is kept, what is said, and what is refused as a whole.
import { spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ImportStopped, importAccounts } from "../../server/import/import-accounts.ts";
import { accountKeys } from "../../server/ledger/keys.ts";
import { holds } from "../helpers/properties.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { CASES, HEADER, importsInto } from "./imports-into.ts";

const imports = suite("import of accounts");

let book: TestLedger;
imports.before(async () => {
  book = await startLedger();
});
imports.after(() => book.stop());

const { write, load, kept, refusal } = importsInto(() => book);

imports("a stray quote spoils its own row alone", async () => {
  const { bad, ...rest } = await importAccounts(book.accounts, join(CASES, "quote.csv"), {});
  assert.equal(
    bad.map(({ line }) => line),
    [3],
  );
  assert.match(bad[0]?.reason ?? "", /quote/);
  assert.equal(rest, { kept: 3, badCount: bad.length, replacing: [] });
  assert.equal(await kept("nordlicht"), [
    ["DE-1001", "Nordlicht Handel", 120_000],
    ["DE-1003", "Nordlicht Sued", 5_000],
    ["DE-1004", "Nordlicht, Lager", 7_525],
  ]);
});

const DAMAGES: [what: string, row: string][] = [
  ["a quote that nothing closes", 'p,A-2,"Two,funds,EUR,2,'],
  ["a quote that is closed too early", 'p,A-2,"Two" Ltd,funds,EUR,2,'],
  ["a quote in the middle", 'p,A-2,Two "and" Ltd,funds,EUR,2,'],
  ["a quote at the end", 'p,A-2,Two,funds,EUR,2,"'],
  ["a quote alone", '"'],
  ["an odd number of quotes", 'p,A-2,"""Two"",funds,EUR,2,'],
  ["too few columns", "p,A-2,Two,funds,EUR"],
  ["too many columns", "p,A-2,Two,Ltd,funds,EUR,2,"],
  ["another separator", "p;A-2;Two;funds;EUR;2;"],
  ["a zero byte", "p,A-2,T\0wo,funds,EUR,2,"],
  ["a zero byte in the amount", "p,A-2,Two,funds,EUR,2\0,"],
  ["a very long line", `p,A-2,${"x".repeat(1_000_000)},funds,EUR,2,`],
  ["a very long quoted line", `p,A-2,"${"x,".repeat(200_000)}",funds,EUR,2,`],
  ["a holder that nobody can see", "p,A-2,\u200b\u2060,funds,EUR,2,"],
  ["a mark of damage", "p,A-2,Tw\ufffd,funds,EUR,2,"],
  ["a form feed", "p,A-2,T\fwo,funds,EUR,2,"],
  ["an amount in another country's way", 'p,A-2,Two,funds,EUR,"1.250,00",'],
  ["a withdrawn currency", "p,A-2,Two,funds,BGN,2,"],
];
for (const [index, [what, row]] of DAMAGES.entries()) {
  for (const last of [false, true]) {
    imports(`${what} spoils its own row alone${last ? ", also the last one" : ""}`, async () => {
      const party = `damage-${index}-${last}`;
      const rows = [1, 3, 4].map((number) => `${party},A-${number},"Name, ${number}",funds,EUR,${number},`);
      rows.splice(last ? 3 : 1, 0, row.replace(/^p/, party));
      const result = await load([HEADER, ...rows].join("\r\n"));
      assert.equal(
        [result.kept, result.bad.map(({ line }) => line)],
        [3, [last ? 5 : 3]],
        result.bad[0]?.reason,
      );
      assert.equal(await kept(party), [
        ["A-1", "Name, 1", 100],
        ["A-3", "Name, 3", 300],
        ["A-4", "Name, 4", 400],
      ]);
    });
  }
}

imports("kept and bad rows together are all rows, whatever is done to one of them", () =>
  holds(
    fc.asyncProperty(
      fc.nat({ max: 4 }),
      fc.nat({ max: 40 }),
      fc.nat({ max: 4 }),
      fc.string({ unit: fc.constantFrom('"', '""', ",", ";", "\0", "x", " ", "\\", "'"), maxLength: 4 }),
      fc.constantFrom("\n", "\r\n", "\r"),
      async (damaged, place, length, text, end) => {
        const rows = Array.from(
          { length: 5 },
          (_, number) => `fuzz,F-${number},"Name ${number}",funds,EUR,1,`,
        );
        const row = rows[damaged] as string;
        rows[damaged] = row.slice(0, place) + text + row.slice(place + length);
        const result = await load([HEADER, ...rows].join(end), { dryRun: true });
        const lines = result.bad.map(({ line }) => line);
        assert.is(result.kept + lines.length, 5);
        assert.ok(lines.length === 0 || (lines.length === 1 && lines[0] === damaged + 2), String(lines));
      },
    ),
    { name: "damage", runs: 300 },
  ),
);

imports("a file without anything in it is an error, not an import of nothing", async () => {
  for (const content of ["", "\ufeff", "\r\n\r\n", ",,,,,,\n,,,,,,\n", " \n"]) {
    assert.match(await refusal(content), /\.csv: it is empty/, JSON.stringify(content));
  }
  assert.equal(await load(HEADER), { kept: 0, badCount: 0, bad: [], replacing: [] });
});

imports("rows of separators alone are passed over, and their lines counted", async () => {
  const rows = [
    ",,,,,,",
    HEADER,
    "",
    "gaps,A-1,One,funds,EUR,1,",
    ",,,,,,",
    " , ,,,,, ",
    '"","",,,,,',
    "gaps,A-2,Two,funds,EUR,x,",
  ];
  const { kept: count, bad } = await load(`${rows.join("\n")}\n,,,,,,\n,,\n`);
  assert.equal([count, bad.map(({ line }) => line)], [1, [8]]);
});

imports("two rows for one account are said, and the later counts", async () => {
  const rows = [
    "twice,A-1,One,funds,EUR,1,",
    "twice,A-2,Two,funds,EUR,2,",
    "twice,A-1,Uno,funds,EUR,3,",
    "twice,A-2,Due,funds,EUR,oops,",
    "twice,A-1,Eins,funds,EUR,4,",
  ];
  for (const options of [{ dryRun: true }, {}, { allOrNothing: false }]) {
    const { kept: count, bad, replacing } = await load([HEADER, ...rows].join("\n"), options);
    assert.equal([count, bad.map(({ line }) => line)], [4, [5]]);
    assert.equal(replacing, [
      { party: "twice", number: "A-1", line: 4, replaces: 2 },
      { party: "twice", number: "A-1", line: 6, replaces: 4 },
    ]);
  }
  assert.equal(await kept("twice"), [
    ["A-1", "Eins", 400],
    ["A-2", "Two", 200],
  ]);
});

imports(
  "the last of hundreds of rows for one account counts, though many are under way at once",
  async () => {
    const rows = Array.from({ length: 400 }, (_, number) => `many,A-1,Name,funds,JPY,${number},`);
    const { kept: count, replacing } = await load([HEADER, ...rows].join("\n"));
    assert.equal([count, replacing.length], [400, 399]);
    assert.equal(await kept("many"), [["A-1", "Name", 399]]);
  },
);

for (const [name, separator] of [
  ["semicolons", ";"],
  ["tabs", "\t"],
  ["commas", ","],
] as const) {
  imports(`${name} are found by themselves`, async () => {
    const party = `by-${name}`;
    const quote = (text: string) => (text.includes(separator) ? `"${text}"` : text);
    const rows = [
      ["number", "party", "holder", "kind", "currency", "amount"],
      ["A-1", party, "One; two, three", "funds", "EUR", "1250.00"],
      ["A-2", party, "Four", "funds", "EUR", "1.250,00"],
    ].map((row) => row.map(quote).join(separator));
    const { kept: count, bad } = await load(rows.join("\n"));
    assert.equal([count, bad.map(({ line }) => line)], [1, [3]]);
    assert.match(bad[0]?.reason ?? "", /write 1250\.00, with a point before the decimals/);
    assert.equal(await kept(party), [["A-1", "One; two, three", 125_000]]);
  });
}

imports("a spreadsheet's own line about the separator is heard", async () => {
  const content = `sep=|\r\n${HEADER.replaceAll(",", "|")}\r\nsep,A-1,One|x\r\nsep|A-1|One, two|funds|EUR|1|\r\n`;
  const { kept: count, bad } = await load(content);
  assert.equal([count, bad.map(({ line }) => line)], [1, [3]]);
});

imports("a dry run says what would be kept and what not, and keeps none", async () => {
  const content = [HEADER, "dry,A-1,One,funds,EUR,1,", "dry,A-2,Two,funds,EUR,x,"].join("\n");
  const result = await load(content, { dryRun: true });
  assert.equal([result.kept, result.bad.map(({ line }) => line)], [1, [3]]);
  assert.equal(await kept("dry"), []);
});

imports("of a file with one bad row among 20,000 nothing is kept, when it is all or nothing", async () => {
  const rows = Array.from({ length: 20_000 }, (_, number) => `all,A-${number},Name,funds,EUR,1,`);
  const good = [HEADER, ...rows].join("\n");
  const spoiled = good.replace("all,A-19998,Name", 'all,A-19998,"Name');
  const result = await load(spoiled, { allOrNothing: true });
  assert.equal([result.kept, result.bad.map(({ line }) => line)], [0, [20_000]]);
  assert.equal(await kept("all"), []);
  const shares: number[] = [];
  const again = await load(good, { allOrNothing: true, onProgress: (done) => shares.push(done) });
  assert.is(again.kept, 20_000);
  assert.equal(
    shares,
    [...shares].sort((a, b) => a - b),
  );
  assert.is(shares.at(-1), 1);
});

imports("what the book itself would refuse is found before anything is kept", async () => {
  assert.is((await load([HEADER, "ice,A-1,One,funds,EUR,100,"].join("\n"))).kept, 1);
  const partition = book.ledger.partitionOf("ice");
  await book.store.hset(accountKeys({ partition, party: "ice", number: "A-1" }).account, "frozen", "5000");
  const spoiling = [
    "ice,A-1,One,funds,EUR,49.99,",
    "ice,A-1,One,funds,USD,100,",
    "ice,A-1,One,credit,EUR,100,",
  ];
  for (const row of spoiling) {
    const content = [HEADER, "ice,A-0,Zero,funds,EUR,1,", row].join("\n");
    for (const options of [{ dryRun: true }, { allOrNothing: true }]) {
      const result = await load(content, options);
      assert.equal([result.kept, result.bad.map(({ line }) => line)], [options.dryRun ? 1 : 0, [3]]);
    }
    assert.equal(
      (await load(content)).bad.map(({ line }) => line),
      [3],
      "as the store says",
    );
    await book.store.del(accountKeys({ partition, party: "ice", number: "A-0" }).account);
  }
  assert.is((await load([HEADER, "ice,A-1,One,funds,EUR,50,"].join("\n"), { allOrNothing: true })).kept, 1);
});

imports("what was used of a line of credit stands against a row as what is frozen does", async () => {
  assert.is((await load([HEADER, "line,A-1,One,credit,EUR,100,"].join("\n"))).kept, 1);
  const partition = book.ledger.partitionOf("line");
  // As a drawing leaves it.
  await book.store.hset(accountKeys({ partition, party: "line", number: "A-1" }).account, {
    frozen: "1000",
    used: "4000",
  });
  for (const row of ["credit,EUR,49.99", "credit,USD,100", "funds,EUR,100"]) {
    const content = [HEADER, `line,A-1,One,${row},`].join("\n");
    for (const options of [{ dryRun: true }, { allOrNothing: true }, {}]) {
      const { kept, bad } = await load(content, options);
      assert.equal([kept, bad.map(({ line }) => line)], [0, [2]], `${row} ${JSON.stringify(options)}`);
    }
  }
  const row = [HEADER, "line,A-1,One,credit,EUR,50,"].join("\n");
  assert.is((await load(row, { allOrNothing: true })).kept, 1);
  await book.store.hset(accountKeys({ partition, party: "line", number: "A-1" }).account, "frozen", "0");
  const { bad } = await load([HEADER, "line,A-1,One,credit,EUR,39.99,"].join("\n"), { dryRun: true });
  assert.match(bad[0]?.reason ?? "", "4000 minor units are frozen or used");
});

imports("a store that fails ends the import, which says how much is kept", async () => {
  const own = await startLedger();
  try {
    const rows = Array.from({ length: 2000 }, (_, number) => `stop,A-${number},Name,funds,EUR,1,`);
    const file = write([HEADER, ...rows].join("\n"));
    let puts = 0;
    const { accounts } = own;
    const put = accounts.put.bind(accounts);
    accounts.put = async (name, body) => {
      puts += 1;
      if (puts === 701) own.store.disconnect();
      return put(name, body);
    };
    try {
      await importAccounts(accounts, file, {});
      assert.unreachable();
    } catch (error) {
      assert.instance(error, ImportStopped);
      const { result, message } = error as ImportStopped;
      assert.ok(result.kept <= 700);
      assert.match(message, new RegExp(`${result.kept} rows are kept so far`));
    }
    assert.ok(puts < 2000, "no more is sent once the store has failed");
  } finally {
    await own.stop();
  }
});

imports("a pipe can be imported, though it can be read once alone", async () => {
  const pipe = join(temporaryFolder(), "pipe");
  assert.is(spawnSync("mkfifo", [pipe]).status, 0);
  const loading = importAccounts(book.accounts, pipe, {});
  const writer = createWriteStream(pipe);
  writer.end(`${HEADER}\npipe,A-1,One,funds,EUR,1,\n`);
  assert.is((await loading).kept, 1);
});

imports.run();
