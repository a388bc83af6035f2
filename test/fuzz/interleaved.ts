/**
 * Two terminals of one party, and two of the other, that act at the same time: whichever is first, all find the same, and
 * are told the same; and a command that two of them send is answered the same.
 */
import { type CommandName, type IssuanceEvent, RULES, type Snapshot } from "@tallystick/protocol";
import fc from "fast-check";
import { connectTerminal, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import type { Kind } from "./kind.ts";
import { checkRefusal } from "./oracle.ts";
import { NUMBERS, type World } from "./world.ts";

/** What two terminals of one side do at once. */
export interface Turn {
  side: "issuer" | "payer";
  commands: [CommandName, CommandName];
  /** The second is the first once more: the same command by the other terminal. */
  same: boolean;
  /** Which account each of them names. */
  numbers: [string, string];
}

export interface Negotiation {
  review: "first" | "every" | "none";
  turns: Turn[];
}

const SIDES = { issuer: "acme", payer: "lotus" } as const;
const COMMANDS = (Object.keys(RULES) as CommandName[]).filter((name) => name !== "payer:request");
/** Ends that come too often would leave little to interleave. */
const ENDINGS: ReadonlySet<CommandName> = new Set(["payer:decline", "issuance:cancel"]);

type Terminals = { readonly [S in keyof typeof SIDES]: readonly [RawTerminal, RawTerminal] };

export const INTERLEAVED: Kind<Negotiation> = {
  name: "interleaved",
  weight: 2,
  open: async (world) => {
    const pair = (party: string) =>
      Promise.all([connectTerminal(world.hub, party), connectTerminal(world.hub, party)]);
    const terminals = { issuer: await pair(SIDES.issuer), payer: await pair(SIDES.payer) };
    return {
      cases: negotiations(),
      feed: (negotiation) => negotiate(world, terminals, negotiation),
      close: async () => {
        for (const terminal of [...terminals.issuer, ...terminals.payer]) terminal.close();
      },
    };
  },
};

function negotiations(): fc.Arbitrary<Negotiation> {
  const command = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...COMMANDS.filter((name) => !ENDINGS.has(name))) },
    { weight: 1, arbitrary: fc.constantFrom(...ENDINGS) },
  );
  const number = fc.constantFrom<string>(...NUMBERS, "NONE");
  const turn = fc.record({
    side: fc.constantFrom("issuer" as const, "payer" as const),
    commands: fc.tuple(command, command),
    same: fc.boolean(),
    numbers: fc.tuple(number, number),
  });
  return fc.record({
    review: fc.constantFrom("first" as const, "every" as const, "none" as const),
    // Chance alone seldom gets far, so half of them begin with what has to come first.
    turns: fc
      .tuple(fc.boolean(), fc.array(turn, { minLength: 1, maxLength: 10 }))
      .map(([isFar, turns]) =>
        isFar ? [both("payer", "payer:agree"), both("issuer", "issuance:open"), ...turns] : turns,
      ),
  });
}

function both(side: Turn["side"], name: CommandName): Turn {
  return { side, commands: [name, name], same: false, numbers: [NUMBERS[0], NUMBERS[1]] };
}

interface Answer {
  ok: boolean;
  error?: unknown;
  event?: IssuanceEvent;
}

async function negotiate(
  world: World,
  terminals: Terminals,
  { review, turns }: Negotiation,
): Promise<number> {
  const all = [...terminals.issuer, ...terminals.payer];
  const offer = { payer: SIDES.payer, amount: 100, currency: "CNY", review };
  const { issuance } = await terminals.issuer[0].accepted("payer:request", offer);
  const { issuanceId } = issuance;
  world.known.learn(issuance);
  await Promise.all(all.map((terminal) => terminal.sync(issuanceId)));
  for (const turn of turns) await take(terminals[turn.side], issuanceId, turn);
  for (const terminal of all) await terminal.settle();
  // What is repeated while it is the newest is told again.
  await checkViews(all, issuanceId, { mayRepeat: turns.some(({ same }) => same) });
  return 1 + 2 * turns.length;
}

async function take(
  [one, other]: readonly [RawTerminal, RawTerminal],
  issuanceId: string,
  { commands, same, numbers }: Turn,
): Promise<void> {
  const first = commandOf(commands[0], issuanceId, numbers[0]);
  const second = same ? first : commandOf(commands[1], issuanceId, numbers[1]);
  const answers = (await Promise.all([
    one.send(first.name, first.payload),
    other.send(second.name, second.payload),
  ])) as [Answer, Answer];
  for (const [index, { ok, error }] of answers.entries())
    if (!ok) checkRefusal(error, `${commands[index]} of terminal ${index}`);
  // What has been done is answered the same to whoever repeats it; a refusal may have become an acceptance.
  const [told, again] = answers;
  if (same && told.ok && again.ok && JSON.stringify(told.event) !== JSON.stringify(again.event))
    throw new Error(`one command was answered ${JSON.stringify(told)} and ${JSON.stringify(again)}`);
}

function commandOf(name: CommandName, issuanceId: string, number: string) {
  const account = { number, holder: SIDES.payer };
  const payload = { commandId: freshId(), issuanceId, ...(name === "account:submit" && { account }) };
  return { name, payload };
}

/** All four find the same, version by version, and what each was told is that. */
async function checkViews(
  terminals: readonly RawTerminal[],
  issuanceId: string,
  { mayRepeat }: { mayRepeat: boolean },
): Promise<void> {
  const found = await Promise.all(terminals.map((terminal) => terminal.sync(issuanceId)));
  const logs = found.map((answer) => {
    if (!answer.ok) throw new Error(`a sync was refused: ${JSON.stringify(answer.error)}`);
    checkOrder(answer.events, answer.issuance);
    return answer.events.map((event) => `${event.version} ${event.type} ${event.digest}`);
  });
  for (const log of logs)
    if (log.join() !== logs[0]?.join()) throw new Error(`terminals find ${logs[0]} and ${log}`);
  const log = logs[0] ?? [];
  const told = terminals.map(({ events }) => toldOf(events, issuanceId, log));
  for (const versions of told)
    if (!mayRepeat && new Set(versions).size < versions.length)
      throw new Error(`versions ${versions} were told, one of them twice`);
  // One that is missing, or comes late, shows as a gap; the newest would show as nothing. Its sender has it already.
  const heard = told.filter((versions) => versions.includes(log.length)).length;
  if (log.length > 1 && heard < terminals.length - 1)
    throw new Error(`${log.at(-1)} was told to ${heard} of ${terminals.length} terminals`);
}

/** The versions that a terminal was told; each has to be what was found. */
function toldOf(events: readonly IssuanceEvent[], issuanceId: string, log: readonly string[]): number[] {
  const told = events.filter((event) => event.issuanceId === issuanceId);
  for (const { version, type, digest } of told) {
    const is = `${version} ${type} ${digest}`;
    if (log[version - 1] !== is) throw new Error(`told ${is}, but found ${log[version - 1]}`);
  }
  return told.map(({ version }) => version);
}

function checkOrder(events: readonly IssuanceEvent[], { version, state }: Snapshot): void {
  const versions = events.map((event) => event.version);
  const isWhole = versions.every((one, index) => one === index + 1) && versions.length === version;
  if (!isWhole || events.at(-1)?.state !== state)
    throw new Error(`events ${versions} of an issuance that is ${state} at version ${version}`);
}
