/** A hub as it is run for real, for the benchmarks. Its store is at REDIS_URL. */
import { readSettings } from "../../server/config.ts";
import { createHub } from "../../server/hub/create-hub.ts";
import { createLog } from "../../server/log.ts";
import { answerGarbageQuestions } from "./garbage.ts";

const settings = readSettings({
  RATE_LIMIT: "1000000",
  PARTY_RATE: "1000000",
  ...process.env,
  PORT: process.env.BENCH_PORT ?? "0",
});
const hub = await createHub({
  settings,
  redisUrl: settings.REDIS_URL as string,
  log: createLog({ level: process.env.BENCH_LOG ?? "warn" }),
  alone: process.env.BENCH_SHARED !== "yes",
});
for (let index = 0; index < Number(process.env.BENCH_PAYERS ?? 0); index++) {
  const account = { holder: "Acme Ltd", kind: "funds", currency: "CNY", balance: 9e15 } as const;
  await hub.accounts.put({ party: `payer-${index}`, number: "6222020200112233" }, account);
}
process.send?.({ url: hub.url });
answerGarbageQuestions();
process.once("SIGTERM", () => void hub.close().then(() => process.exit(0)));
