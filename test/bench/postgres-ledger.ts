/**
 * The commands of a straight negotiation on PostgreSQL: one transaction for each, which locks the
 * issuance's row, and the account's row where money moves. It is written as one would write it to be fast:
 * prepared statements, all of a command's changes in one of them, and what need not wait for an answer
 * sent along with what goes before.
 *
 * What the benchmark never comes across is left out: changes, declined and cancelled requests, the account
 * of a refusal in the log, the sweep for deadlines.
 */
import { readFileSync } from "node:fs";
import {
  type CommandPayloads,
  comparableName,
  type ErrorCode,
  type EventType,
  foldAll,
  type IssuanceEvent,
  type OpenIssuance,
  type Role,
  ruleOf,
  type Snapshot,
  type State,
  voucherIdOf,
} from "@tallystick/protocol";
import pg from "pg";
import { FIRST_DIGEST } from "../../server/ledger/digest-chain.ts";
import { issuanceIdFor } from "../../server/ledger/keys.ts";
import { digestOf, sign, snapshotOf, standing, submitted, verify } from "./postgres-facts.ts";
import {
  type AccountRow,
  FIND_ACCOUNT,
  FIND_EVENTS,
  INSERT,
  ISSUE,
  type IssuanceRow,
  LIST_OPEN,
  LOCK_ACCOUNT,
  LOCK_ISSUANCE,
  MOVE,
  PUT_ACCOUNT,
} from "./postgres-statements.ts";

/** The commands that a straight negotiation needs. */
export type StraightCommand =
  | "payer:request"
  | "payer:agree"
  | "issuance:open"
  | "account:submit"
  | "issuance:accept";
type OnIssuance = Exclude<StraightCommand, "payer:request">;

export type Outcome =
  | { kind: "done"; event: IssuanceEvent; snapshot: Snapshot; repeated: boolean }
  | { kind: "refused"; code: ErrorCode };

const NEXT: { readonly [C in OnIssuance]: { type: EventType; state: State } } = {
  "payer:agree": { type: "payer.agreed", state: "agreed" },
  "issuance:open": { type: "issuance.opened", state: "opened" },
  "account:submit": { type: "account.verified", state: "verified" },
  "issuance:accept": { type: "voucher.issued", state: "issued" },
};

export interface PostgresOptions {
  host: string;
  user: string;
  /** Connections, each a process of the server; transactions beyond that wait for one. */
  connections: number;
  respondWithinMs: number;
  waitMs: number;
}

// Sums of money and times are below 2^53 (design, section 1).
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export class PostgresLedger {
  readonly #pool: pg.Pool;
  readonly #options: PostgresOptions;

  constructor(options: PostgresOptions) {
    const { host, user, connections } = options;
    this.#options = options;
    this.#pool = new pg.Pool({ host, user, database: "postgres", max: connections, pipeline: true });
    // An idle connection that ends leaves the pool by itself; end() doesn't wait until the server knows, too.
    this.#pool.on("error", () => undefined);
  }

  async createTables(): Promise<void> {
    await this.#pool.query(readFileSync(new URL("postgres-schema.sql", import.meta.url), "utf8"));
  }

  async putAccount(
    party: string,
    account: { number: string; holder: string; balance: number },
  ): Promise<void> {
    const { number, holder, balance } = account;
    await this.#pool.query(PUT_ACCOUNT, [party, number, holder, comparableName(holder), balance]);
  }

  /** The newest of a party's issuances that have not ended. */
  async listOpen(party: string, limit: number): Promise<OpenIssuance[]> {
    const { rows } = await this.#pool.query<OpenIssuance>({ ...LIST_OPEN, values: [party, limit] });
    return rows;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  /** `payer:request`: one statement, and so one transaction. */
  async requestPayer(issuer: string, payload: CommandPayloads["payer:request"]): Promise<Outcome> {
    const { commandId, payer, amount, currency, memo, review = "first", respondWithin } = payload;
    const issuanceId = issuanceIdFor({ issuer, commandId, partition: 0 });
    const now = Date.now();
    const state = issuer === payer ? "agreed" : "proposed";
    const asked = Math.min(this.#options.respondWithinMs, (respondWithin ?? Number.POSITIVE_INFINITY) * 1000);
    const deadline = now + (state === "proposed" ? asked : this.#options.waitMs);
    const offer = { issuer, payer, amount, currency, ...(memo !== undefined && { memo }), review };
    const unsigned = {
      issuanceId,
      version: 1,
      type: "payer.requested",
      at: now,
      by: "issuer",
      state,
      deadline,
    };
    const event = sign(FIRST_DIGEST, { ...unsigned, ...offer });
    const digest = digestOf("payer:request", payload);
    const answers = { [`i:${commandId}`]: [digest, 1] };
    const made = await this.#pool.query({
      ...INSERT,
      values: [
        issuanceId,
        state,
        issuer,
        payer,
        amount,
        currency,
        memo,
        review,
        event.digest,
        now,
        deadline,
        answers,
        event,
      ],
    });
    if (made.rowCount === 0) {
      const { rows } = await this.#pool.query<IssuanceRow>({ ...LOCK_ISSUANCE, values: [issuanceId] });
      return this.#again(this.#pool, rows[0]?.answers[`i:${commandId}`], { issuanceId, digest });
    }
    return { kind: "done", event, snapshot: foldAll([event]) as Snapshot, repeated: false };
  }

  /** Any of the others: the rows are locked and read, the checks made in their order, the changes written. */
  async execute<C extends OnIssuance>(
    command: C,
    party: string,
    payload: CommandPayloads[C],
  ): Promise<Outcome> {
    const client = await this.#pool.connect();
    try {
      const [, found] = await Promise.all([
        client.query("BEGIN"),
        client.query<IssuanceRow>({ ...LOCK_ISSUANCE, values: [payload.issuanceId] }),
      ]);
      const outcome = await this.#decide(client, { command, party, payload, row: found.rows[0] });
      if (outcome.kind === "refused" || outcome.repeated) await client.query("ROLLBACK");
      client.release();
      return outcome;
    } catch (error) {
      // Nobody knows what state it is in.
      client.release(true);
      throw error;
    }
  }

  async #decide<C extends OnIssuance>(client: pg.PoolClient, given: Given<C>): Promise<Outcome> {
    const { command, party, payload, row } = given;
    if (!row || (party !== row.issuer && party !== row.payer)) return refused("not_found");
    const digest = digestOf(command, payload);
    const memory = `${party === row.issuer ? "i" : "p"}:${payload.commandId}`;
    if (row.answers[memory]) return this.#again(client, row.answers[memory], { issuanceId: row.id, digest });
    const { roles, from } = ruleOf(command);
    const role: Role | undefined = roles.find((each) => row[each] === party);
    if (!role) return refused("forbidden");
    const now = Date.now();
    if (row.deadline !== null && now >= row.deadline) return refused("wrong_state");
    if (!(row.state in from)) return refused("wrong_state");
    if (payload.ifVersion !== undefined && payload.ifVersion !== row.version) return refused("conflict");
    const answers = { [memory]: [digest, row.version + 1] };
    return this.#move(client, { ...given, row, role, now, answers });
  }

  /** Verifies the account where the command needs one, and writes what has changed. */
  async #move<C extends OnIssuance>(client: pg.PoolClient, move: Move<C>): Promise<Outcome> {
    const { command, row, role, now, answers } = move;
    const { type, state } = NEXT[command];
    const sent = command === "account:submit" ? submitted(move.payload) : undefined;
    const account = sent ?? standing(row);
    const isIssue = command === "issuance:accept";
    let kind = row.account_kind;
    if (sent || isIssue) {
      const statement = isIssue ? LOCK_ACCOUNT : FIND_ACCOUNT;
      const found = await client.query<AccountRow>({ ...statement, values: [row.payer, account.number] });
      const code = verify(found.rows[0], account.name, row);
      if (code) return refused(code);
      kind = found.rows[0]?.kind ?? null;
    }
    const deadline = isIssue ? null : now + this.#options.waitMs;
    const event = sign(row.digest, {
      issuanceId: row.id,
      version: row.version + 1,
      type,
      at: now,
      by: role,
      state,
      ...(deadline !== null && { deadline }),
      ...((sent || isIssue) && { account: { kind, last4: account.last4 } }),
      ...(isIssue && { voucher: { voucherId: voucherIdOf(row.id), issuedAt: now } }),
    });
    const { number, name, last4 } = account;
    const values = [
      row.id,
      event.version,
      state,
      event.digest,
      deadline,
      answers,
      event,
      number,
      name,
      kind,
      last4,
    ];
    const write = isIssue ? { ...ISSUE, values: [...values, now] } : { ...MOVE, values };
    await Promise.all([client.query(write), client.query("COMMIT")]);
    return { kind: "done", event, snapshot: snapshotOf(row, event), repeated: false };
  }

  /** The first answer once more, from the log. */
  async #again(
    client: pg.Pool | pg.PoolClient,
    stored: [digest: string, version: number] | undefined,
    { issuanceId, digest }: { issuanceId: string; digest: string },
  ): Promise<Outcome> {
    if (!stored || stored[0] !== digest) return refused("conflict");
    const { rows } = await client.query<{ event: IssuanceEvent }>({
      ...FIND_EVENTS,
      values: [issuanceId, stored[1]],
    });
    const events = rows.map(({ event }) => event);
    const event = events.at(-1) as IssuanceEvent;
    return { kind: "done", event, snapshot: foldAll(events) as Snapshot, repeated: true };
  }
}

interface Given<C extends OnIssuance> {
  command: C;
  party: string;
  payload: CommandPayloads[C];
  row: IssuanceRow | undefined;
}

interface Move<C extends OnIssuance> extends Given<C> {
  row: IssuanceRow;
  role: Role;
  now: number;
  answers: object;
}

function refused(code: ErrorCode): Outcome {
  return { kind: "refused", code };
}
