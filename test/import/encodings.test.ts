// Files in other encodings than UTF-8: read whole where the encoding is known, and refused whole where it is not.
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { importAccounts } from "../../server/import/import-accounts.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { CASES, HEADER, importsInto } from "./imports-into.ts";

const encodings = suite("encodings of an import");

let book: TestLedger;
encodings.before(async () => {
  book = await startLedger();
});
encodings.after(() => book.stop());

const { load, kept, refusal } = importsInto(() => book);

encodings("what a Chinese spreadsheet saves is refused as a whole without its encoding", async () => {
  const file = join(CASES, "gb18030.csv");
  try {
    await importAccounts(book.accounts, file, {});
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /gb18030\.csv: it is not UTF-8 \(line 2\).*--encoding gb18030/);
  }
  assert.equal(await kept("xinghe"), []);
  const result = await importAccounts(book.accounts, file, { encoding: "gb18030" });
  assert.equal(result, { kept: 4, badCount: 0, bad: [], replacing: [] });
  assert.equal(
    (await kept("xinghe")).map(([, holder]) => holder),
    ["星河物流有限公司", "钱陆", "王芳", "Galaxy Freight"],
  );
});

encodings("a byte that is not UTF-8 far down keeps everything before it out, too", async () => {
  const rows = Array.from({ length: 5000 }, (_, number) => `far,A-${number},Name,funds,EUR,1,`);
  const content = Buffer.concat([
    Buffer.from([HEADER, ...rows, "far,B-1,Z"].join("\n")),
    Buffer.from([0xeb]),
  ]);
  for (const options of [{}, { dryRun: true }, { allOrNothing: true }]) {
    assert.match(await refusal(content, options), /not UTF-8 \(line 5002\)/);
  }
  assert.equal(await kept("far"), []);
});

const ENCODED: [encoding: string, bytes: number[], holder: string][] = [
  ["windows-1252", [0x5a, 0x6f, 0xeb, 0x20, 0x80], "Zoë €"],
  ["iso-8859-5", [0xb0, 0xd0], "Аа"],
  ["big5", [0xa4, 0xa4, 0xa4, 0xe5], "中文"],
  ["shift_jis", [0x93, 0xfa, 0x96, 0x7b], "日本"],
  ["euc-kr", [0xc7, 0xd1], "한"],
  ["GBK", [0xd6, 0xd0], "中"],
];
for (const [encoding, bytes, holder] of ENCODED) {
  encodings(`reads ${encoding}`, async () => {
    const party = `in-${encoding.toLowerCase()}`;
    const content = [`${HEADER}\n${party},A-1,`, Buffer.from(bytes), ",funds,EUR,1,\n"];
    const whole = Buffer.concat(content.map((part) => Buffer.from(part as string)));
    assert.match(await refusal(whole), /--encoding/);
    assert.is((await load(whole, { encoding })).kept, 1);
    assert.equal(await kept(party), [["A-1", holder, 100]]);
  });
}

encodings("an encoding that nobody knows, or that is not the file's, is refused", async () => {
  const utf8 = `${HEADER}\nwrong,A-1,星河物流有限公司,funds,EUR,1,\n`;
  assert.match(await refusal(utf8, { encoding: "klingon" }), /"klingon" is no encoding/);
  assert.match(await refusal(utf8, { encoding: "windows-1252" }), /is UTF-8, not windows-1252/);
  assert.match(await refusal(utf8, { encoding: "gb18030" }), /not GB18030|is UTF-8, not gb18030/);
  const cut = Buffer.concat([Buffer.from(`${HEADER}\nwrong,A-1,`), Buffer.from([0xd0, 0xff])]);
  assert.match(await refusal(cut, { encoding: "gb18030" }), /not GB18030 .*not what --encoding says/);
  assert.equal(await kept("wrong"), []);
});

for (const [name, mark, swap] of [
  ["UTF-16, little end first", true, false],
  ["UTF-16, big end first", true, true],
  ["UTF-16 without a mark, little end first", false, false],
  ["UTF-16 without a mark, big end first", false, true],
] as const) {
  encodings(`reads ${name}`, async () => {
    const party = `utf16-${mark}-${swap}`;
    const text =
      `${HEADER.replaceAll(",", "\t")}\r\n${party}\tA-1\t星河 "𠮷"\tfunds\tEUR\t1\t\r\n`.replaceAll(
        /(星河 .*?)\t/g,
        (_, holder: string) => `"${holder.replaceAll('"', '""')}"\t`,
      );
    const bytes = Buffer.from((mark ? "\ufeff" : "") + text, "utf16le");
    const content = swap ? bytes.swap16() : bytes;
    assert.is((await load(content)).kept, 1);
    assert.equal(await kept(party), [["A-1", '星河 "𠮷"', 100]]);
    const odd = Buffer.concat([content, Buffer.from([0x41])]);
    assert.match(await refusal(odd), /is not UTF-16/);
  });
}

encodings("a mark at the start decides, also where an encoding is named", async () => {
  const content = `\ufeff${HEADER}\nmarked,A-1,星河物流有限公司,funds,EUR,1,\n`;
  for (const encoding of [undefined, "gb18030", "utf-8"])
    assert.is((await load(content, { encoding })).kept, 1);
  assert.equal(await kept("marked"), [["A-1", "星河物流有限公司", 100]]);
});

encodings.run();
