/**
 * The one way that every message of a terminal goes: check, execute or look up, acknowledge. The order of the
 * checks is contract (design, section 3); those that need the store are in the scripts.
 */
import type {
  AnyMessageName,
  CommandName,
  CommandPayloads,
  ErrorCode,
  HistoryQueryName,
  IssuanceFind,
  QueryName,
  QueryPayloads,
  Refused,
  VoucherCommandName,
  VoucherFind,
  VoucherQueryName,
  VoucherQueryPayloads,
} from "@tallystick/protocol";
import { HISTORY_QUERIES, PAYLOADS, QUERIES, VOUCHER_COMMANDS, VOUCHER_QUERIES } from "@tallystick/protocol";
import { nameOfAway } from "../archive/asked-thread.ts";
import type { History } from "../history/history.ts";
import type { Executed, Issuances } from "../issuances/issuances.ts";
import type { Overload } from "../limits/overload.ts";
import { type Logger, SampledLines } from "../log.ts";
import { isUnavailable } from "../redis/availability.ts";
import { errorBody, invalidRequest, refused } from "../refusals.ts";
import type { Vouchers } from "../vouchers/vouchers.ts";
import type { WorkInHand } from "../work-in-hand.ts";
import type { Message } from "./fast-path/messages.ts";
import { logMessage, logsMessages } from "./log-message.ts";
import type { Presence } from "./presence.ts";
import type { Terminal } from "./terminal.ts";

/** The names of all messages. */
export const NAMES: ReadonlySet<string> = new Set(Object.keys(PAYLOADS));

/** What a page of a list costs of the allowance. */
const PAGE_COST = 10;
const PAGES: ReadonlySet<AnyMessageName> = new Set<AnyMessageName>([
  "issuance:list",
  "voucher:list",
  "issuance:find",
  "voucher:find",
]);

/**
 * Answers that are as much work as a page: what the store does not have is looked for in the archive, and where too many are
 * open some are looked at, whether they have ended.
 */
const COSTLY: ReadonlySet<"ok" | ErrorCode> = new Set<"ok" | ErrorCode>(["not_found", "too_many_open"]);

/** What a message costs of the allowance: one unit, unless it is as much work as several. */
function costOf(name: AnyMessageName, payload: object): number {
  if (PAGES.has(name)) return PAGE_COST;
  if (name === "issuance:check") return (payload as QueryPayloads["issuance:check"]).known.length;
  return 1;
}

export interface ReceiverOptions {
  issuances: Issuances;
  vouchers: Vouchers;
  presence: Presence;
  history: History;
  overload: Overload;
  /** Counts a message by its name and what came of it. */
  answered: (name: AnyMessageName | "unknown", result: "ok" | ErrorCode, seconds: number) => void;
  work: WorkInHand;
  log: Logger;
}

/** An acknowledgement as JSON, and what it says in one word. */
interface Answer {
  json: string;
  result: "ok" | ErrorCode;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #unanswered = new SampledLines();
  readonly #logsMessages: boolean;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#logsMessages = logsMessages(options.log);
  }

  /** Answers a message, and counts what came of it. */
  async receive(terminal: Terminal, message: Message): Promise<void> {
    const started = performance.now();
    const { acknowledge } = message;
    if (!acknowledge) {
      // Whoever sent it could never learn what became of it, so nothing is done.
      const issue = { path: "", message: `${message.name} came without an acknowledgement` };
      terminal.emit("session:error", errorBody("invalid_request", { issues: [issue] }));
      return;
    }
    const { work, overload, answered } = this.#options;
    const name = NAMES.has(message.name) ? (message.name as AnyMessageName) : undefined;
    work.begin();
    const atOnce = this.#refuseAtOnce(terminal, name);
    const answer = atOnce ? refusal(atOnce) : await this.#answer(terminal, name, message);
    if (!atOnce && name === "payer:request") overload.end();
    work.end();
    if (COSTLY.has(answer.result)) terminal.data.gate.owe(PAGE_COST - 1);
    acknowledge(answer.json);
    const milliseconds = performance.now() - started;
    answered(name ?? "unknown", answer.result, milliseconds / 1000);
    if (this.#logsMessages) this.#log(terminal, name ?? "unknown", message, { ...answer, milliseconds });
  }

  /** Why a message is refused before it is looked at; a request that is not has been let in. */
  #refuseAtOnce({ data }: Terminal, name: AnyMessageName | undefined): Refused | undefined {
    const { work, overload } = this.#options;
    if (Date.now() >= data.expiresAt) return refused("unauthenticated");
    if (work.isClosing) return refused("unavailable");
    // What is new is refused first, and what has begun goes on to its end.
    const entry = name === "payer:request" ? overload.begin(data.sender.party) : "in";
    if (entry === "full") data.gate.waitForRoom(overload.whenFree);
    if (typeof entry === "string") return undefined;
    data.gate.putOff(overload.whenFree);
    return refused("unavailable", entry);
  }

  async #answer(terminal: Terminal, name: AnyMessageName | undefined, message: Message): Promise<Answer> {
    try {
      const checked = this.#check(terminal, name, message.args);
      if ("ok" in checked) return refusal(checked);
      const { payload } = checked;
      if (isHistoryQuery(name)) return await this.#find(terminal, name, payload);
      if (isQuery(name)) return await this.#lookUp(terminal, name, payload);
      if (isVoucherQuery(name)) return await this.#lookUpVoucher(terminal, name, payload);
      if (isVoucherCommand(name)) return await this.#executeVoucher(terminal, name, payload);
      return await this.#execute(terminal, name as CommandName, payload);
    } catch (error) {
      return refusal(refused(this.#failed(message.name, error)));
    }
  }

  /** The checks that need no store: the payload, or why it is refused. */
  #check(
    terminal: Terminal,
    name: AnyMessageName | undefined,
    args: unknown[],
  ): { payload: object } | Refused {
    if (name === undefined)
      return refused("invalid_request", { issues: [{ path: "", message: "there is no such command" }] });
    const parsed = PAYLOADS[name].safeParse(args.length === 1 ? args[0] : undefined);
    if (!parsed.success) return invalidRequest(parsed.error);
    const cost = costOf(name, parsed.data);
    const verdict = cost > 1 ? terminal.data.gate.charge(cost - 1) : "pass";
    if (verdict !== "pass") return refused("rate_limited", verdict === "cut" ? {} : verdict);
    return { payload: parsed.data };
  }

  async #execute({ data }: Terminal, name: CommandName, payload: object): Promise<Answer> {
    const { issuances } = this.#options;
    const executed = await issuances.execute(data.sender, name, payload as CommandPayloads[CommandName]);
    return answerTo(executed);
  }

  async #lookUp(terminal: Terminal, name: QueryName, payload: object): Promise<Answer> {
    const { data } = terminal;
    const { issuances } = this.#options;
    if (name === "presence:watch")
      return this.#watchPresence(terminal, payload as QueryPayloads["presence:watch"]);
    if (name === "issuance:list") {
      const { before } = payload as QueryPayloads["issuance:list"];
      const page = await issuances.listOpen(data.sender.party, before);
      return page ? success({ ok: true, ...page }) : refusal(refused("not_found"));
    }
    if (name === "issuance:check") {
      const behind = await issuances.check(data.sender, payload as QueryPayloads["issuance:check"]);
      return success({ ok: true, behind });
    }
    const found = await issuances.sync(data.sender, payload as QueryPayloads["issuance:sync"]);
    switch (found.kind) {
      case "found":
        return success({ ok: true, issuance: found.snapshot, events: found.events });
      case "not_found":
        return refusal(refused("not_found"));
      case "behind":
        return refusal(refused("rolled_back", { version: found.version }));
    }
  }

  async #watchPresence(terminal: Terminal, payload: QueryPayloads["presence:watch"]): Promise<Answer> {
    const { issuances, presence } = this.#options;
    const watched = await presence.watch(terminal, payload, issuances);
    switch (watched.kind) {
      case "watched":
        return success({ ok: true, here: watched.here });
      case "ended":
        return refusal(refused("wrong_state", { state: watched.state }));
      case "not_found":
        return refusal(refused("not_found"));
    }
  }

  async #executeVoucher({ data }: Terminal, name: VoucherCommandName, payload: object): Promise<Answer> {
    const executed = await this.#options.vouchers.execute(data.sender, name, payload as never);
    if (executed.kind === "refused") return refusal(refused(executed.code, executed.details));
    const { event, snapshot: voucher, durability } = executed;
    return success({ ok: true, event, voucher, durability });
  }

  async #lookUpVoucher({ data }: Terminal, name: VoucherQueryName, payload: object): Promise<Answer> {
    const { vouchers } = this.#options;
    if (name === "voucher:list") {
      const question = payload as VoucherQueryPayloads["voucher:list"];
      const page = await vouchers.list(data.sender.party, question);
      return page ? success({ ok: true, ...page }) : refusal(refused("not_found"));
    }
    const found = await vouchers.sync(data.sender, payload as VoucherQueryPayloads["voucher:sync"]);
    switch (found.kind) {
      case "found":
        return success({ ok: true, voucher: found.snapshot, events: found.events });
      case "not_found":
        return refusal(refused("not_found"));
      case "behind":
        return refusal(refused("rolled_back", { version: found.version }));
    }
  }

  async #find({ data }: Terminal, name: HistoryQueryName, payload: object): Promise<Answer> {
    const { history } = this.#options;
    const reader = { party: data.sender.party, operator: false };
    if (name === "issuance:find") {
      const { found: issuances, ...more } = await history.findIssuances(reader, payload as IssuanceFind);
      return success({ ok: true, issuances, ...more });
    }
    const { found: vouchers, ...more } = await history.findVouchers(reader, payload as VoucherFind);
    return success({ ok: true, vouchers, ...more });
  }

  #log({ data }: Terminal, name: string, { args }: Message, answer: Answer & { milliseconds: number }): void {
    logMessage(this.#options.log, { name, party: data.sender.party, payload: args[0], ...answer });
  }

  /** Logs what went wrong, and says which code the terminal is told. */
  #failed(command: string, error: unknown): "unavailable" | "internal" {
    const { log } = this.#options;
    if (isUnavailable(error)) {
      this.#unanswered.say((besides) =>
        log.warn({ command, error: String(error), ...besides }, `${nameOfAway(error)} did not answer`),
      );
      return "unavailable";
    }
    log.error({ command, err: error }, "a command failed");
    return "internal";
  }
}

function isHistoryQuery(name: AnyMessageName | undefined): name is HistoryQueryName {
  return name !== undefined && name in HISTORY_QUERIES;
}

function isVoucherQuery(name: AnyMessageName | undefined): name is VoucherQueryName {
  return name !== undefined && name in VOUCHER_QUERIES;
}

function isVoucherCommand(name: AnyMessageName | undefined): name is VoucherCommandName {
  return name !== undefined && name in VOUCHER_COMMANDS;
}

function isQuery(name: AnyMessageName | undefined): name is QueryName {
  return name !== undefined && name in QUERIES;
}

/** The acknowledgement of a command; its event is JSON already. */
function answerTo({ outcome, eventJson, durability }: Executed): Answer {
  if (outcome.kind === "refused") return refusal(refused(outcome.code, outcome.details));
  const issuance = JSON.stringify(outcome.snapshot);
  const survives = durability === undefined ? "" : `,"durability":"${durability}"`;
  return { json: `{"ok":true,"event":${eventJson},"issuance":${issuance}${survives}}`, result: "ok" };
}

function success(acknowledgement: object): Answer {
  return { json: JSON.stringify(acknowledgement), result: "ok" };
}

function refusal(refusal: Refused): Answer {
  return { json: JSON.stringify(refusal), result: refusal.error.code };
}
