/** What the demo plays on: parties and accounts of its own, made over HTTP, and their terminals. */
import {
  connect,
  type IssuerIssuance,
  type Offer,
  type PayerIssuance,
  type Terminal,
} from "@tallystick/client";
import type { Account, AccountPut } from "@tallystick/protocol";
import { findHub } from "../find-hub.ts";
import { signToken } from "../token.ts";
import type { Transcript, Voice } from "./transcript.ts";

const HOUR = 3600;

/** An issuance of which both sides are at hand. */
export interface BothSides {
  issuer: IssuerIssuance;
  payer: PayerIssuance;
}

/** A party of the demo, fresh with each run, so that it can be played again and again. */
export interface Player {
  party: string;
  terminal: Terminal;
}

export class Stage {
  readonly url: string;
  readonly transcript: Transcript;
  /** Ends the names of this run's parties. */
  readonly #run = Date.now().toString(36).slice(-5);
  readonly #operator: string;
  readonly #accounts: { party: string; number: string }[] = [];
  readonly #terminals: Terminal[] = [];

  private constructor(url: string, transcript: Transcript, operator: string) {
    this.url = url;
    this.transcript = transcript;
    this.#operator = operator;
  }

  /** @throws Error when no hub answers, with what to do. */
  static async open(url: string, transcript: Transcript): Promise<Stage> {
    await findHub(url);
    const operator = await signToken({ party: "demo-operator", operator: true, ttlSeconds: HOUR });
    return new Stage(url, transcript, operator);
  }

  /** A new party with its accounts, and its terminal. */
  async enter(name: string, accounts: Record<string, AccountPut>): Promise<Player> {
    const party = this.nameOf(name);
    for (const [number, body] of Object.entries(accounts)) {
      await this.asOperator("PUT", pathOf({ party, number }), body);
      this.#accounts.push({ party, number });
    }
    const token = await signToken({ party, ttlSeconds: HOUR });
    const terminal = await connect(this.url, { token, timeoutMs: 10_000 });
    this.#terminals.push(terminal);
    return { party, terminal };
  }

  /** The issuer asks, and the payer's terminal has the invitation; both are heard from now on. */
  async request(issuer: Player, payer: Player, offer: Omit<Offer, "payer">): Promise<BothSides> {
    const invited = new Promise<PayerIssuance>((resolve) => {
      const stop = payer.terminal.onRequest((issuance) => {
        stop();
        this.transcript.invited(issuance.snapshot);
        this.#listen("payer", issuance);
        resolve(issuance);
      });
    });
    this.transcript.requested("issuer", { ...offer, payer: payer.party });
    const made = await issuer.terminal.requestPayer({ ...offer, payer: payer.party });
    this.#listen("issuer", made);
    return { issuer: made, payer: await invited };
  }

  /** A party asks itself (claims 2 and 7). */
  async requestOfOneself(player: Player, offer: Omit<Offer, "payer">): Promise<BothSides> {
    this.transcript.requested("both", { ...offer, payer: player.party });
    const issuer = await player.terminal.requestPayer({ ...offer, payer: player.party });
    this.#listen("both", issuer);
    return { issuer, payer: issuer.asPayer() };
  }

  /** Every account of the demo as the book has it now. */
  async accounts(): Promise<Account[]> {
    return Promise.all(this.#accounts.map((name) => this.asOperator<Account>("GET", pathOf(name))));
  }

  /** The name of a party of this run. */
  nameOf(name: string): string {
    return `${name}-${this.#run}`;
  }

  async close(): Promise<void> {
    await Promise.all(this.#terminals.map((terminal) => terminal.close()));
  }

  #listen(who: Voice, issuance: IssuerIssuance | PayerIssuance): void {
    issuance.on((event) => this.transcript.heard(who, event));
  }

  /** Asks the hub what an operator may. */
  async asOperator<T>(method: "GET" | "PUT" | "POST", path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#operator}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T & { detail?: string };
    if (response.ok) return answer;
    if (response.status === 401) throw new Error(`${this.url} does not trust this token. ${SAME_SETTINGS}`);
    throw new Error(`${method} ${path} was answered ${response.status}: ${answer.detail}`);
  }
}

/** The route of an account. */
export function pathOf({ party, number }: { party: string; number: string }): string {
  return `/v1/parties/${party}/accounts/${number}`;
}

const SAME_SETTINGS =
  "Run the demo in the hub's own folder and with the same JWT_SECRET and DATA_DIR, so that it can sign tokens that the hub trusts.";
