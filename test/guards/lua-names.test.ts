/**
 * The steps share names with the commands that include them. The header of each says which it takes and which
 * it leaves, and is held against its body, so that it does not go stale. The lib has functions and constants alone.
 */
import type { Expression, Statement } from "luaparse";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadScripts } from "../../server/ledger/load-scripts.ts";
import { allIncludes, type LuaBody, type LuaFile, listedNames, luaFiles, parseLua } from "./lua-files.ts";

const lua = suite("names in Lua");

/** What the names of a file are, and what its header says of them. */
function namesOf(file: LuaFile) {
  const body = parseLua(file.text);
  const included = allIncludes(file);
  const left = new Set(included.flatMap((one) => [...leftBy(one)]));
  const taken = [...body.free, ...included.flatMap((one) => [...(listedNames(one.header, "Takes") ?? [])])];
  return {
    body,
    takes: new Set(taken.filter((name) => !left.has(name) && !body.defined.has(name))),
    leaves: endsTheScript(body) ? new Set<string>() : new Set([...body.defined, ...leftBySteps(included)]),
  };
}

function leftBy({ kind, header, text }: LuaFile): Iterable<string> {
  return kind === "lib" ? parseLua(text).defined : (listedNames(header, "Leaves") ?? []);
}

function leftBySteps(files: LuaFile[]): string[] {
  return files.filter(({ kind }) => kind === "step").flatMap((step) => [...leftBy(step)]);
}

/** Nothing can come after a return. */
function endsTheScript({ statements }: LuaBody): boolean {
  return statements.at(-1)?.type === "ReturnStatement";
}

for (const step of luaFiles("step")) {
  lua(`${step.name}: takes the names that its header says, and no others`, () => {
    const listed = listedNames(step.header, "Takes");
    assert.ok(listed, "it says what it takes");
    assert.equal([...listed].sort(), [...namesOf(step).takes].sort());
  });

  lua(`${step.name}: leaves the names that its header says, and no others`, () => {
    const listed = listedNames(step.header, "Leaves");
    assert.ok(listed, "it says what it leaves");
    assert.equal([...listed].sort(), [...namesOf(step).leaves].sort());
  });

  lua(`${step.name}: is no function, since a script makes its functions anew with each call`, () => {
    assert.not.match(step.text.replace(/--.*$/gm, ""), /\bfunction\b/);
  });
}

for (const file of luaFiles("lib")) {
  lua(`${file.name}: has functions and constants alone`, () => {
    const { statements } = parseLua(file.text);
    assert.ok(statements.length > 0);
    assert.equal(
      statements.filter((statement) => !isDefinition(statement)),
      [],
    );
    assert.equal(
      file.includes.filter((name) => !name.startsWith("lib/")),
      [],
      "it includes no step",
    );
  });

  lua(`${file.name}: takes the names that its header says, and no others`, () => {
    const listed = listedNames(file.header, "Takes") ?? new Set();
    assert.equal([...listed].sort(), [...namesOf(file).takes].sort());
    assert.is(listedNames(file.header, "Leaves"), undefined, "its names are all that it defines");
  });
}

function isDefinition(statement: Statement): boolean {
  if (statement.type === "FunctionDeclaration") return statement.isLocal;
  return statement.type === "LocalStatement" && statement.init.length > 0 && statement.init.every(isConstant);
}

function isConstant(value: Expression): boolean {
  if (value.type !== "TableConstructorExpression") return value.type.endsWith("Literal");
  return value.fields.every((field) => isConstant(field.value));
}

for (const command of luaFiles("command")) {
  lua(`${command.name}: uses no name that nobody defines, and defines none for others`, () => {
    // In the whole text a name that is defined too late, or in a block that has ended, is free too.
    const source = loadScripts().get(command.name)?.source ?? "";
    assert.equal([...parseLua(source).free], []);
    assert.is(listedNames(command.header, "Takes") ?? listedNames(command.header, "Leaves"), undefined);
  });

  lua(`${command.name}: includes all that it uses itself`, () => {
    const left = new Set(allIncludes(command).flatMap((one) => [...leftBy(one)]));
    assert.equal(
      [...parseLua(command.text).free].filter((name) => !left.has(name)),
      [],
    );
  });
}

lua("each step and each name of the lib is used", () => {
  const commands = luaFiles("command");
  const included = new Set(commands.flatMap((command) => allIncludes(command).map(({ name }) => name)));
  for (const { name } of [...luaFiles("step"), ...luaFiles("lib")]) assert.ok(included.has(name), name);
  const all = [...commands, ...luaFiles("step"), ...luaFiles("lib")].map(({ text }) => text).join("\n");
  for (const file of luaFiles("lib")) {
    for (const name of parseLua(file.text).defined) {
      const uses = all.match(new RegExp(`\\b${name}\\b`, "g"))?.length ?? 0;
      assert.ok(uses > 1, `${name} of ${file.name}`);
    }
  }
});

lua("a name that is not in the header is seen, and one that is there in vain", () => {
  const text = "-- Takes: key, vain\n-- Leaves: found, gone\nlocal found = redis.call('GET', key .. id)\n";
  const step: LuaFile = { name: "steps/x", kind: "step", text, header: text, includes: [] };
  const { takes, leaves } = namesOf(step);
  assert.equal(takes, new Set(["key", "id"]));
  assert.equal(leaves, new Set(["found"]));
  assert.equal(listedNames(text, "Takes"), new Set(["key", "vain"]));
});

lua.run();
