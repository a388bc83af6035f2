/** Whatever a Lua command changes is in its partition's journal, or can be made anew from what is. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { allIncludes, type LuaFile, luaFiles } from "./lua-files.ts";

const journal = suite("what is journaled");

/** Commands that change something and journal nothing, and why the book can be made anew without. */
const UNJOURNALED: { readonly [command: string]: string } = {
  "begin-restore": "a journal is made anew by it, and has no entry of that",
  "begin-book": "a restored book gets its name from its archive",
  "claim-key": "it is forgotten after a day; what was done under a key is known by the write's own entry",
  "confirm-entry": "it is only waited for",
  "confirm-event": "it is only waited for",
  "drop-undone": "what is done once more is done without harm",
  "index-request": "the issuance's first event says all of it",
  "index-vouchers": "the voucher's terms and state say all of it",
  "end-restore": "a journal is made anew by it, and has no entry of that",
  "note-restored": "a journal is made anew by it, and has no entry of that",
  "postpone-undone": "an order in which things are tried",
  "prune-requests": "the issuance's state says all of it",
  "reserve-fence": "fence.listed and issuance.missing say whose quota they count against",
  "restore-requests": "the issuance's first event says all of it",
  "retire-issuance": "the archive has it, and says that it has left",
  "retire-marks": "the archive has them, and says that their voucher has left",
  "retire-voucher": "the archive has it, and says that it has left",
  "touch-book": "it changes nothing",
};

const WRITES = /redis\.call\('(HSET|HDEL|HINCRBY|SET|DEL|ZADD|ZREM|PEXPIRE|PERSIST|XADD)'/;
const ADDS = /redis\.call\('XADD', journal, /;

function bodyOf(file: LuaFile): string {
  return [file, ...allIncludes(file)].map(({ text }) => text.replace(/^ *--.*$/gm, "")).join("\n");
}

for (const file of luaFiles("command")) {
  const body = bodyOf(file);
  if (!WRITES.test(body)) continue;
  journal(`${file.name}: what it writes is in the journal, or is said not to have to be`, () => {
    assert.is(ADDS.test(body), UNJOURNALED[file.name] === undefined);
  });
}

journal("each command that is let off is there, and writes", () => {
  const writing = luaFiles("command").filter((file) => WRITES.test(bodyOf(file)));
  const names = writing.map(({ name }) => name);
  assert.equal(
    Object.keys(UNJOURNALED).filter((name) => !names.includes(name)),
    [],
  );
  assert.ok(names.length - Object.keys(UNJOURNALED).length > 20);
});

journal.run();
