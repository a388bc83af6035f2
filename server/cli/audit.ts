/** `tallystick audit`. */
import { progress } from "@clack/prompts";
import colors from "picocolors";
import { audit } from "../audit/audit.ts";
import { BLIND_SPOT } from "../audit/findings.ts";
import { readSettings } from "../config.ts";
import { openLedger } from "../open-ledger.ts";
import { plain } from "./plain.ts";
import { archiveOf } from "./with-ledger.ts";

/** Audits the book; exit status 1 when it is not in balance. */
export async function runAudit(options: { json: boolean }): Promise<void> {
  const settings = readSettings(process.env);
  const book = await openLedger(settings, (line) => console.error(line));
  const { archive, close } = archiveOf(settings);
  try {
    const bar = process.stdout.isTTY && !options.json ? progress({ max: 100 }) : undefined;
    bar?.start("Walking the book");
    let shown = 0;
    const onProgress = (looked: number, all: number) => {
      const percent = all === 0 ? 100 : Math.floor((100 * looked) / all);
      bar?.advance(percent - shown);
      shown = percent;
    };
    const result = await audit({ ...book, archive }, { onProgress });
    bar?.stop("Walked the whole book");
    if (options.json) console.log(JSON.stringify(result));
    else print(result);
    if (result.findings.length > 0) process.exitCode = 1;
  } finally {
    await close();
    await book.close();
  }
}

function print({
  accounts,
  freezes,
  issuances,
  vouchers,
  forgotten,
  findings,
}: Awaited<ReturnType<typeof audit>>): void {
  console.log(`${accounts} accounts, ${freezes} freezes, ${issuances} issuances, ${vouchers} vouchers`);
  if (forgotten > 0) console.log(forgottenLine(forgotten));
  for (const { subject, problem, rule } of findings)
    console.log(`${colors.red("✘")} ${plain(subject)}: ${plain(problem)} (${rule})`);
  if (findings.length === 0) {
    console.log(
      `${colors.green("✔")} In balance: every voucher has its freeze, and every freeze its voucher; records, logs and journals agree.`,
    );
  } else {
    console.log(`${colors.red("Not in balance")}: ${findings.length} findings.`);
  }
  console.log(BLIND_SPOT);
}

function forgottenLine(count: number): string {
  const these = count === 1 ? "1 issuance is" : `${count} issuances are`;
  return `${these} blanked, since a party was forgotten: what people had written there is gone, and its digests prove nothing of that.`;
}
