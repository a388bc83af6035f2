/** `tallystick verify`: is a document good, and what does it prove? No hub is asked. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { formatAmount, type VoucherDocument } from "@tallystick/protocol";
import type { Command } from "commander";
import { verifyDocument } from "../documents/verify-document.ts";
import { alignColumns } from "./align.ts";
import { plain } from "./plain.ts";

/** Adds the command to the program. */
export function addVerifyCommand(program: Command): void {
  program
    .command("verify <file>")
    .description(
      "say whether a voucher's document is good, and what it proves; exit status 1 when it is not good",
    )
    .requiredOption("--jwks <file>", "the hub's keys, from its /.well-known/jwks.json")
    .addHelpText("after", "\nWrite - for a document that comes from standard input.")
    .action((file: string, options: { jwks: string }) => verify(file, options.jwks));
}

async function verify(file: string, jwks: string): Promise<void> {
  const document = file === "-" ? await text(process.stdin) : await readText(file);
  const found = await verifyDocument({ document, keySet: await readText(jwks) }, Date.now());
  if (found.kind === "bad") throw new Error(`the document is not good. ${found.says}`);
  for (const line of report(found.kid, found.claims)) console.log(line);
}

/** Of a folder the system says only in reading that it is one, and then not which. */
function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: Error) => {
    throw Object.assign(error, { path });
  });
}

const DURABILITY: { readonly [L in VoucherDocument["durability"]]: string } = {
  memory: "in the store's memory, which a crash of the store could have lost",
  fsynced: "on disk",
  replicated: "on disk and at replicas",
};

function report(kid: string, claims: VoucherDocument): string[] {
  const { sub, amount, currency, issuer, payer, beneficiary, memo, journal, durability } = claims;
  const time = (seconds: number) => new Date(seconds * 1000).toISOString();
  const rows = [
    ["voucher", sub],
    ["amount", `${formatAmount(amount, currency)} ${currency}`],
    ["issuer", issuer],
    ["payer", payer],
    ["beneficiary", beneficiary],
    ...(memo === undefined ? [] : [["memo", plain(memo)]]),
    ["issued", time(claims.iat)],
    ["expires", time(claims.exp)],
    ["version", `${journal.version}, digest ${journal.digest}`],
    ["book", claims.iss],
    ["key", plain(kid)],
  ];
  return [
    "The document is good: the key has signed it, nothing in it is altered, and the voucher has not expired.",
    "",
    ...alignColumns(rows).map((line) => `  ${line}`),
    "",
    `It proves that a hub with this key had this voucher alive in its book at version ${journal.version}, issued for this amount`,
    `out of money of the payer's that was verified and frozen, and had that ${DURABILITY[durability]}.`,
    "It does not prove that anything of the amount is left: since that version, and up to it, some of it may have been",
    "drawn or released, and the voucher may have ended by now. Ask the hub for what remains.",
    "It does not prove that whoever shows it is a party of it, nor whose the key is: that depends on where you have the",
    "keys from.",
  ];
}
