/** An issuer's terminal and a payer's, which play one negotiation after the other, and what becomes of some vouchers. */
import { connect, isTallystickError, type Terminal } from "@tallystick/client";
import { now } from "./clock.ts";
import { Invitations } from "./invitations.ts";
import { createLineAgent, type LineAgent } from "./line-agent.ts";
import type { LoadPlan, SessionSetup, Witnessed } from "./messages.ts";
import type { ScenarioName } from "./mix.ts";
import { playLife } from "./play-life.ts";
import { type Scenario, scenarioOf } from "./scenarios.ts";
import { type Negotiating, Side, think, timed } from "./side.ts";
import type { Tally } from "./tally.ts";
import { witness } from "./witness.ts";

/** A person's terminal asks a silent hub sooner than the SDK would by itself. */
const RESYNC_INTERVAL_MS = 5000;
const LARGEST_AMOUNT = 100_000;

interface Seat {
  terminal: Terminal;
  line: LineAgent;
}

interface SessionOptions {
  setup: SessionSetup;
  plan: LoadPlan;
  stopped: AbortSignal;
  issuer: Seat;
  payer: Seat;
}

export class Session {
  readonly #setup: SessionSetup;
  readonly #plan: LoadPlan;
  readonly #issuer: Seat;
  readonly #payer: Seat;
  #tally: Tally | undefined;
  readonly #invitations = new Invitations();
  readonly #stopped: AbortSignal;

  private constructor(options: SessionOptions) {
    const { issuer, payer } = options;
    this.#setup = options.setup;
    this.#plan = options.plan;
    this.#stopped = options.stopped;
    this.#issuer = issuer;
    this.#payer = payer;
    for (const { terminal } of [issuer, payer]) {
      terminal.on("connected", () => this.#tally?.reconnected());
      // Told by the command that it is about, where there is one.
      terminal.on("error", () => undefined);
    }
    payer.terminal.onRequest((issuance) => this.#invitations.came(issuance));
  }

  /**
   * Connects both terminals.
   *
   * @param stopped ends all thinking, so that what has begun comes to its end soon.
   */
  static async open(setup: SessionSetup, plan: LoadPlan, stopped: AbortSignal): Promise<Session> {
    const sit = async (token: string): Promise<Seat> => {
      const line = createLineAgent(plan.url);
      const socket = { agent: line.agent as never, reconnectionDelay: 50, reconnectionDelayMax: 1000 };
      const commandTimeoutMs = plan.timeoutMs;
      const terminal = await connect(plan.url, {
        token,
        resyncIntervalMs: RESYNC_INTERVAL_MS,
        commandTimeoutMs,
        socket,
      });
      return { terminal, line };
    };
    const [issuer, payer] = await Promise.all([sit(setup.issuer.token), sit(setup.payer.token)]);
    return new Session({ setup, plan, stopped, issuer, payer });
  }

  async close(): Promise<void> {
    await Promise.all([this.#issuer.terminal.close(), this.#payer.terminal.close()]);
  }

  /**
   * Plays one negotiation and counts it; never rejects.
   *
   * @param dueAt when it should have begun: from there its time is counted, so that a stall is not hidden.
   */
  async negotiate(name: ScenarioName, dueAt: number, tally: Tally): Promise<void> {
    this.#tally = tally;
    const scenario = scenarioOf(name);
    const failure = new AbortController();
    const shared: Negotiating = {
      tally,
      accounts: this.#setup.accounts,
      thinkMs: this.#plan.thinkMs,
      // One side waits while the other thinks, half as long again as the mean at most.
      timeoutMs: this.#plan.timeoutMs + 1.5 * this.#plan.thinkMs,
      signal: failure.signal,
      stopped: this.#stopped,
      drops: scenario.drops === true,
      thoughtMs: 0,
    };
    tally.sessions += 1;
    try {
      for (const witnessed of await this.#play(scenario, shared, dueAt)) tally.witnessed(witnessed);
      tally.finished(name);
    } catch (error) {
      failure.abort();
      const reason = error instanceof Error ? error.message : String(error);
      tally.failed(name, isTallystickError(error) ? error.code : "unexpected", reason);
    } finally {
      tally.sessions -= 1;
      this.#invitations.clear();
    }
  }

  async #play(scenario: Scenario, shared: Negotiating, dueAt: number): Promise<Witnessed[]> {
    const { signal, timeoutMs, tally } = shared;
    const { respondWithin, life } = scenario;
    const offer = {
      payer: this.#setup.payer.party,
      amount: 1 + Math.floor(Math.random() * LARGEST_AMOUNT),
      currency: "CNY",
      ...(respondWithin !== undefined && { respondWithin }),
      ...(life?.approval && { approval: life.approval }),
    };
    const issuance = await timed(shared, "payer:request", dueAt, () =>
      this.#issuer.terminal.requestPayer(offer, { signal, timeoutMs }),
    );
    let issuedAt = 0;
    const issuer = new Side(issuance, {
      shared,
      cutLine: this.#issuer.line.cut,
      onEvent: ({ type }) => {
        if (type === "voucher.issued") issuedAt = now();
      },
    });
    const invited = await this.#invitations.of(issuance.id, timeoutMs);
    const payer = new Side(invited, { shared, cutLine: this.#payer.line.cut });
    await think(shared);
    await Promise.all([scenario.issuer(issuer), scenario.payer(payer)]);
    const [asIssuer, asPayer] = await Promise.all([issuer.until(scenario.end), payer.until(scenario.end)]);
    if (issuedAt > 0) {
      const series = shared.drops ? "issued_over_drop" : "request_to_issued";
      tally.took(series, issuedAt - dueAt - shared.thoughtMs);
    }
    const problem = issuer.disorder(asIssuer) ?? payer.disorder(asPayer);
    const seen = witness(asIssuer.issuanceId, { asIssuer, asPayer, problem });
    if (!life) return [seen];
    const seats = { issuer: issuer.subject, payer: payer.subject, payee: this.#setup.payee };
    return [seen, await playLife(life, shared, seats)];
  }
}
