/** What the documents say of the command `tallystick` is held against the program, both ways. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeArguments } from "../helpers/source.ts";
import { DOCUMENTS, ROOT, readDocument, spansOf } from "./documents.ts";

const commandLine = suite("the command line in the documents");
const PRINTER = join(ROOT, "test/fixtures/print-commands.ts");
const MAIN = join(ROOT, "server/cli/main.ts");

interface Command {
  name: string;
  options: string[];
  commands: Command[];
}

/** All commands by their path, as in `accounts import`; the program itself is under the empty path. */
function readCommands(): ReadonlyMap<string, Command> {
  const printing = nodeArguments(MAIN, { before: [PRINTER] });
  const program: Command = JSON.parse(execFileSync(process.execPath, printing, { encoding: "utf8" }));
  const below = ({ commands }: Command, path: string): [string, Command][] =>
    commands.flatMap((command) => {
      const its = `${path} ${command.name}`.trim();
      return [[its, command], ...below(command, its)];
    });
  return new Map([["", program], ...below(program, "")]);
}

const COMMANDS = readCommands();

/** What is wrong with a line such as `tallystick accounts list acme --json`; undefined when it can be run. */
function complaintAbout(line: string): string | undefined {
  const [, ...words] = line.replace(/ +#.*/, "").split(" ");
  let command = COMMANDS.get("") as Command;
  let path = "";
  for (const word of words) {
    path = `${path} ${word}`.trim();
    const next = COMMANDS.get(path);
    if (!next) {
      // What follows a group of commands has to be one of them; elsewhere it is an argument.
      if (command.commands.length > 0 && word !== "help") return `${line}: there is no ${word}`;
      break;
    }
    command = next;
  }
  const unknown = (line.match(/--[\w-]+/g) ?? []).filter((option) => !command.options.includes(option));
  return unknown.length > 0 ? `${line}: there is no ${unknown.join(", ")}` : undefined;
}

const asLine = (path: string, options: readonly string[]) => [path, ...options].join(" ");

commandLine("the hub's document has each command with each of its options", () => {
  const told = readDocument("server/README.md")
    .table("The command line")
    .map(([line = "", options]) => {
      const path = (spansOf(line)[0] ?? "").replace(/^tallystick /, "").replace(/ [A-Z ]+$/, "");
      return asLine(path, spansOf(options));
    });
  const there = [...COMMANDS]
    .filter(([, { commands }]) => commands.length === 0)
    .map(([path, { options }]) => asLine(path, options));
  assert.equal(told.sort(), there.sort());
});

commandLine("each command in a document can be run", () => {
  const lines = DOCUMENTS.flatMap((path) => {
    const { spans, commands } = readDocument(path);
    return [...spans, ...commands];
  })
    .map((line) => line.replace(/^npx /, "").replace(/^npm run (load|demo) --(?= )/, "tallystick $1"))
    .filter((line) => /^tallystick [a-z]/.test(line));
  assert.ok(lines.length > 25);
  assert.equal(
    lines.map(complaintAbout).filter((complaint) => complaint !== undefined),
    [],
  );
});

commandLine("a command or an option that is not there is seen", () => {
  assert.match(complaintAbout("tallystick recount") ?? "", "no recount");
  assert.match(complaintAbout("tallystick accounts erase acme") ?? "", "no erase");
  assert.match(complaintAbout("tallystick audit --jsn") ?? "", "no --jsn");
  assert.is(complaintAbout("tallystick accounts list acme --json"), undefined);
  assert.is(complaintAbout("tallystick accounts"), undefined);
});

commandLine.run();
