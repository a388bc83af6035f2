/** How soon all terminals are back after the hub was killed, and that none has missed anything. */
import { setTimeout } from "node:timers/promises";
import { connect, type Issuance, type Terminal } from "@tallystick/client";
import type { Ledger } from "../../server/ledger/ledger.ts";
import { readIssuance } from "../helpers/read-issuance.ts";
import { startRedis } from "../helpers/redis.ts";
import { freePort } from "../helpers/redis-process.ts";
import { identityOf, SECRET } from "./connect-pairs.ts";
import { times, withLedger } from "./fill.ts";
import type { Row } from "./report.ts";
import { startHub } from "./server-process.ts";
import type { Size } from "./size.ts";

/** The issuances' version when all have agreed and opened, while the hub was away. */
const LAST_VERSION = 3;
const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 120_000;

/** A terminal in its open issuance, and the versions of the events that it was told. */
interface Side {
  terminal: Terminal;
  issuance: Issuance;
  told: number[];
}

interface Seconds {
  ready: number;
  connected: number;
  synced: number;
}

export async function benchRestart(size: Size): Promise<Row[]> {
  const redis = await startRedis({ durable: true });
  const environment = { JWT_SECRET: SECRET, REDIS_URL: redis.url, BENCH_PORT: String(await freePort()) };
  const found = await withLedger(redis.url, async (ledger) => {
    const rounds: Seconds[] = [];
    for (let round = 0; round < Math.min(3, size.rounds); round++) {
      rounds.push(await killOnce({ ledger, environment, count: Math.ceil(size.terminals / 2), round }));
    }
    return rounds;
  });
  await redis.stop();
  const row = (what: string, key: keyof Seconds) => ({
    what,
    unit: "s",
    values: found.map((one) => one[key]),
  });
  const all = `all ${size.terminals.toLocaleString("en")} terminals`;
  return [
    row("a killed hub's process is started again until it listens", "ready"),
    row(`… until ${all} are connected, each in an open issuance`, "connected"),
    row(`… until ${all} have synced what was done meanwhile, nothing lost`, "synced"),
  ];
}

interface Round {
  ledger: Ledger;
  environment: Record<string, string>;
  count: number;
  round: number;
}

async function killOnce({ ledger, environment, count, round }: Round): Promise<Seconds> {
  const issuances: Opened[] = [];
  await times(count, async (index) => {
    issuances[index] = await request(ledger, `${round}-${index}`);
  });
  const hub = await startHub(environment);
  const sides: Side[] = [];
  await times(2 * count, async (index) => {
    const opened = issuances[index >> 1] as Opened;
    sides[index] = await enter(hub.url, index % 2 ? opened.issuer : opened.payer, opened.issuanceId);
  });
  await hub.stop("SIGKILL");
  // As by another hub: each terminal has something to catch up with.
  await times(count, (index) => goOn(ledger, issuances[index] as Opened));
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  const again = await startHub(environment);
  const ready = since();
  await until(() => sides.every(({ terminal }) => terminal.connected));
  const connected = since();
  await until(() => sides.every(({ issuance }) => issuance.snapshot.version >= LAST_VERSION));
  const synced = since();
  await times(2 * count, (index) => check(ledger, sides[index] as Side));
  await Promise.all(sides.map(({ terminal }) => terminal.close()));
  await again.stop();
  return { ready, connected, synced };
}

interface Opened {
  issuanceId: string;
  issuer: string;
  payer: string;
}

async function request(ledger: Ledger, name: string): Promise<Opened> {
  const [issuer, payer] = [`back-issuer-${name}`, `back-payer-${name}`];
  const offer = { commandId: `back-${name}`, payer, amount: 100, currency: "CNY" };
  const outcome = await ledger.requestPayer({ party: issuer }, offer);
  if (outcome.kind !== "done") throw new Error(`payer:request was refused: ${outcome.code}`);
  return { issuanceId: outcome.snapshot.issuanceId, issuer, payer };
}

async function goOn(ledger: Ledger, { issuanceId, issuer, payer }: Opened): Promise<void> {
  await ledger.execute("payer:agree", { party: payer }, { commandId: "agree", issuanceId });
  await ledger.execute("issuance:open", { party: issuer }, { commandId: "open", issuanceId });
}

async function enter(url: string, party: string, issuanceId: string): Promise<Side> {
  const { token } = await identityOf(party);
  const terminal = await connect(url, { token });
  const issuance = await terminal.issuance(issuanceId);
  const told: number[] = [];
  issuance.on(({ version }) => told.push(version));
  return { terminal, issuance, told };
}

/** Each event came once and in order, and what the terminal knows is what the store has. */
async function check(ledger: Ledger, { issuance, told, terminal }: Side): Promise<void> {
  const { snapshot: stored } = await readIssuance(ledger, issuance.id);
  const { version, state, digest } = issuance.snapshot;
  if (told.join() !== "2,3") throw new Error(`${terminal.party} was told the versions ${told}, not 2,3`);
  if (version !== stored?.version || state !== stored.state || digest !== stored.digest) {
    throw new Error(
      `${terminal.party} is at ${version} ${state}, the store at ${stored?.version} ${stored?.state}`,
    );
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error("the terminals did not come back within two minutes");
    await setTimeout(LOOK_EVERY_MS);
  }
}
