/** A whole run: hubs, store, terminals and nemesis for a while; then all faults are healed, everything comes to its end, and the checker runs. */
import { isVoucherId } from "@tallystick/protocol";
import { askDirectly } from "../../server/archive/open-existing.ts";
import type { AuditedBook } from "../../server/audit/findings.ts";
import { untilArchived } from "./archived-book.ts";
import { type Book, readBook } from "./book.ts";
import { callHub } from "./call-hub.ts";
import { check } from "./checker.ts";
import { claimMissing } from "./claims.ts";
import { type Environment, type EnvironmentOptions, openEnvironment } from "./environment.ts";
import type { FaultKind } from "./faults.ts";
import type { Violation } from "./findings.ts";
import type { History } from "./history.ts";
import { isReady } from "./hub-process.ts";
import { type Nemesis, startNemesis } from "./nemesis.ts";
import { quiesce } from "./quiesce.ts";
import { pause, Random } from "./random.ts";
import { AllRecords } from "./retired-records.ts";

export interface CampaignOptions extends EnvironmentOptions {
  seed: number;
  /** How long the nemesis is at work. */
  seconds: number;
  /** How long terminals get at the end to hear and to notice the last, milliseconds. */
  heardMs?: number;
  /** How often each of those is done, if it is less than there is time for. */
  rounds?: number;
  /** How long the nemesis rests between two faults, at least and at the most, milliseconds. */
  restMs?: readonly [least: number, most: number];
  /** No other kinds of faults than these, one after the other. */
  only?: readonly FaultKind[];
  /** Called with what happens, a line each. */
  onLine?: (line: string) => void;
}

export interface CampaignResult {
  options: CampaignOptions;
  faults: Nemesis["done"];
  /** Pub/sub messages that were lost or came twice. */
  messages: { lost: number; repeated: number };
  history: History;
  book: Book;
  violations: Violation[];
}

/** Once all faults are healed, every negotiation ends within this, milliseconds. */
const ENDING_MS = 60_000;

/** Runs it all. What a guarantee's break looks like is in `violations`; anything else that fails throws. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { onLine = () => undefined } = options;
  const random = new Random(options.seed);
  const violations: Violation[] = [];
  const unexpected = (subject: string, problem: string) =>
    void violations.push({ rule: "unexpected", subject, problem });
  const environment = await openEnvironment(options, random, (error) =>
    unexpected("a terminal", error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
  try {
    const { store, archive, fleet, history } = environment;
    onLine(
      `${environment.parties.actors.length} parties at ${options.hubs} hubs on a ${options.store} store${archive ? `, archived in ${archive.kind}` : ""}`,
    );
    const work = environment.parties.run(environment.setting);
    const faults = await injectFaults(environment, options, random.fork("nemesis"));
    onLine("everything is healed");
    environment.ending.abort();
    if (!(await endsWithin(ENDING_MS, work)))
      unexpected("negotiations", `they did not come to their end; ${await describe(environment)}`);
    const database = await archive?.open();
    const opened = { ...(await store.openBook()), ...(database && { archive: askDirectly(database) }) };
    const isArchived = async () => database && untilArchived(opened, database);
    await quiesce(opened, {
      setting: environment.setting,
      random: random.fork("operator"),
      heardMs: options.heardMs,
      untilArchived: isArchived,
    });
    const shown = await claimMissing({ history, book: await readBook(opened), url: fleet.url });
    await isArchived();
    onLine(`everybody has heard the last; ${shown} lost events were shown to the hubs`);
    for (const [index, { process }] of fleet.hubs.entries())
      for (const death of process.deaths) unexpected(`hub ${index}`, death);
    if (archive) {
      await askForRetired({ book: opened, environment });
      // What ends leaves the store as long as hubs go on.
      for (const { process } of fleet.hubs) process.pause();
    }
    const book = await readBook(
      opened,
      database && { database, isRetiring: options.retireAfter !== undefined },
    );
    violations.push(...check({ history, book, mayRollBack: store.kind === "cluster" }));
    return { options, faults, messages: spoiledAt(environment), history, book, violations };
  } finally {
    await environment.close();
  }
}

/** Asks a hub for whatever has left the store. */
async function askForRetired({
  book,
  environment,
}: {
  book: AuditedBook;
  environment: Environment;
}): Promise<void> {
  const { fleet, history, operatorToken: token } = environment;
  const { retired } = await new AllRecords(book).read();
  for (const issuanceId of retired) {
    const path = isVoucherId(issuanceId) ? "vouchers" : "issuances";
    const { status, text } = await callHub(`${fleet.url}/v1/${path}/${issuanceId}`, { method: "GET", token });
    const found = status === 200 ? JSON.parse(text) : undefined;
    const { version, digest, state } = found ?? {};
    history.answered.push({ issuanceId, status, ...(found && { found: { version, digest, state } }) });
  }
}

/** Which hubs can serve, and which terminals are without one. */
async function describe({ fleet, parties }: Environment): Promise<string> {
  const ready = await Promise.all(fleet.hubs.map(({ process }) => isReady(process)));
  const terminals = parties.actors.flatMap((actor) => actor.terminals);
  const gone = terminals.filter(({ terminal }) => !terminal.connected).map(({ name }) => name);
  return `hubs that are ready: ${ready.join(", ")}; terminals without a connection: ${gone.join(", ") || "none"}`;
}

async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
  const over = new AbortController();
  const isOver = await Promise.race([work.then(() => true), pause(ms, over.signal).then(() => false)]);
  over.abort();
  return isOver;
}

/** Injects faults for a while, and waits until everything is healed and serves again. */
async function injectFaults(
  environment: Environment,
  options: CampaignOptions,
  random: Random,
): Promise<Nemesis["done"]> {
  const { store, archive, fleet, history, parties, operatorToken } = environment;
  const { only, rounds, restMs, onLine: onFault } = options;
  const ending = new AbortController();
  const world = { fleet, store, archive, history, actors: parties.actors, operatorToken };
  const nemesis = startNemesis({ world, random, ending: ending.signal, only, rounds, restMs, onFault });
  await Promise.race([pause(options.seconds * 1000, ending.signal), nemesis.ended]);
  ending.abort();
  await nemesis.ended;
  await store.untilServed();
  await Promise.all(fleet.hubs.map((hub) => hub.process.untilListening()));
  return nemesis.done;
}

function spoiledAt({ store }: Environment): CampaignResult["messages"] {
  const messages = { lost: 0, repeated: 0 };
  for (const { spoiled } of store.lines) {
    messages.lost += spoiled.lost;
    messages.repeated += spoiled.repeated;
  }
  return messages;
}
