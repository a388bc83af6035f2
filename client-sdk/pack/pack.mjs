// Makes dist/ stand alone before it is published: one bundle for each entry with the protocol's code in it, and types that
// need neither the protocol's package nor a schema library. Run by "prepack"; "postpack" builds dist/ anew.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const sdk = dirname(dirname(fileURLToPath(import.meta.url)));
const shared = join(dirname(sdk), "shared");
const dist = join(sdk, "dist");
const tsc = join(dirname(sdk), "node_modules", "typescript", "bin", "tsc");
const run = (...args) => execFileSync(process.execPath, [tsc, ...args], { cwd: sdk, stdio: "inherit" });

/** The protocol's modules that need no schemas; their types are published as they are. */
const PLAIN = ["errors", "lifecycle", "money", "voucher-lifecycle"];

/** Types that are inferred from schemas, written out by the compiler as those of values. */
const EXPANDED = `
import * as protocol from "@tallystick/protocol";
export const AccountGlimpse = protocol.AccountGlimpse.parse(0);
export const IssuanceEvent = protocol.IssuanceEvent.parse(0);
export const OpenIssuance = protocol.OpenIssuance.parse(0);
export const Snapshot = protocol.Snapshot.parse(0);
export const VoucherStub = protocol.VoucherStub.parse(0);
export const VoucherEvent = protocol.VoucherEvent.parse(0);
export const VoucherSnapshot = protocol.VoucherSnapshot.parse(0);
export const ListedVoucher = protocol.ListedVoucher.parse(0);
export const Approval = protocol.Approval.parse(0);
export const BookAccount = protocol.Account.parse(0);
export const BookVoucher = protocol.Voucher.parse(0);
export const AccountPut = protocol.AccountPut.parse(0);
export const AccountAdjust = protocol.AccountAdjust.parse(0);
export const AccountRepay = protocol.AccountRepay.parse(0);
export const VoucherVoid = protocol.VoucherVoid.parse(0);
export const Settlement = protocol.Settlement.parse(0);
export const Fence = protocol.Fence.parse(0);
export const MissingClosed = protocol.MissingClosed.parse(0);
export const StatementEntry = protocol.StatementEntry.parse(0);
export const FeedPage = protocol.FeedPage.parse(0);
export const Webhook = protocol.Webhook.parse(0);
export const WebhookPut = protocol.WebhookPut.parse(0);
export const WebhookDeleted = protocol.WebhookDeleted.parse(0);
export const Delivery = protocol.Delivery.parse(0);
export const DeliveryState = protocol.Delivery.shape.state.parse(0);
export const AuditReport = protocol.AuditReport.parse(0);
export const ImportLine = protocol.ImportLine.parse(0);
export const ImportReport = protocol.ImportReport.parse(0);
export const LiveSummary = protocol.LiveSummary.parse(0);
export const KeySet = protocol.KeySet.parse(0);
export const Ready = protocol.Ready.parse(0);
export const Revoked = protocol.Revoked.parse(0);
export const CommandPayloads = {
${payloadsOf("commands.ts", "COMMANDS")}
};
export const VoucherCommandPayloads = {
${payloadsOf("voucher-commands.ts", "VOUCHER_COMMANDS")}
};
export const VoucherQueryPayloads = {
  "voucher:sync": protocol.VoucherSync.parse(0),
  "voucher:list": protocol.VoucherList.parse(0),
};
export const HistoryQueryPayloads = {
  "issuance:find": protocol.IssuanceFind.parse(0),
  "voucher:find": protocol.VoucherFind.parse(0),
};
export const QueryPayloads = {
  "issuance:sync": protocol.IssuanceSync.parse(0),
  "issuance:list": protocol.IssuanceList.parse(0),
  "issuance:check": protocol.IssuanceCheck.parse(0),
  "presence:watch": protocol.PresenceWatch.parse(0),
};
`;

/** What shared/commands.ts and shared/socket.ts declare without a schema, in terms of those. */
const DERIVED = `
import type { ErrorCode } from "./protocol/errors.js";
import type { CommandName } from "./protocol/lifecycle.js";
import type { VoucherCommandName } from "./protocol/voucher-lifecycle.js";
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  details?: Record<string, unknown> | undefined;
}
export interface SessionReady {
  protocol: 1;
  party: string;
  serverTime: number;
  open: OpenIssuance[];
  more: boolean;
  vouchers: ListedVoucher[];
  moreVouchers: boolean;
  retention: number;
}
type Refused = { ok: false; error: ErrorBody };
export type QueryName = keyof QueryPayloads;
export type MessageName = CommandName | QueryName;
export type DurabilityLevel = "memory" | "fsynced" | "replicated";
export type CommandAck =
  | { ok: true; event: IssuanceEvent; issuance: Snapshot; durability?: DurabilityLevel | undefined }
  | Refused;
export type SyncAck = { ok: true; issuance: Snapshot; events: IssuanceEvent[] } | Refused;
export type ListAck = { ok: true; open: OpenIssuance[]; more: boolean } | Refused;
export type CheckAck = { ok: true; behind: string[] } | Refused;
export type PresenceAck = { ok: true; here: boolean } | Refused;
export type QueryAcks = {
  "issuance:sync": SyncAck;
  "issuance:list": ListAck;
  "issuance:check": CheckAck;
  "presence:watch": PresenceAck;
};
export type VoucherQueryName = keyof VoucherQueryPayloads;
export type HistoryQueryName = keyof HistoryQueryPayloads;
export type AnyMessageName = MessageName | VoucherCommandName | VoucherQueryName | HistoryQueryName;
export type VoucherAck =
  | { ok: true; event: VoucherEvent; voucher: VoucherSnapshot; durability?: DurabilityLevel | undefined }
  | Refused;
export type VoucherSyncAck = { ok: true; voucher: VoucherSnapshot; events: VoucherEvent[] } | Refused;
export type VoucherListAck = { ok: true; vouchers: ListedVoucher[]; more: boolean; next?: string | undefined } | Refused;
export type VoucherQueryAcks = { "voucher:sync": VoucherSyncAck; "voucher:list": VoucherListAck };
export type HistoryQueryAcks = {
  "issuance:find": { ok: true; issuances: Snapshot[]; next?: string } | Refused;
  "voucher:find": { ok: true; vouchers: VoucherSnapshot[]; next?: string } | Refused;
};
`;

/** The payload of each command that a table in shared/ lists, by its schema. */
function payloadsOf(file, table) {
  const source = readFileSync(join(shared, file), "utf8");
  const rows = new RegExp(`export const ${table} = \\{([^}]*)\\}`).exec(source)?.[1] ?? "";
  return [...rows.matchAll(/"([^"]+)": (\w+)/g)]
    .map(([, command, schema]) => `  "${command}": protocol.${schema}.parse(0),`)
    .join("\n");
}

function writeTypes() {
  const folder = join(sdk, "pack", "expanded");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "wire.ts"), EXPANDED);
  const options = ["--declaration", "--emitDeclarationOnly", "--module", "nodenext", "--target", "es2023"];
  run(
    ...options,
    "--strict",
    "--skipLibCheck",
    "--noErrorTruncation",
    "--outDir",
    folder,
    join(folder, "wire.ts"),
    "--ignoreConfig",
  );
  const values = readFileSync(join(folder, "wire.d.ts"), "utf8");
  rmSync(folder, { recursive: true });
  if (/zod|@tallystick|\bany\b/.test(values)) throw new Error(`the types were not written out:\n${values}`);
  const types = values
    .replace(/^export declare const (\w+):/gm, "export type $1 =")
    .replace(/^export \{\};\n/gm, "");
  writeFileSync(join(dist, "protocol.d.ts"), `${DERIVED.trimStart()}${types}`);
  mkdirSync(join(dist, "protocol"), { recursive: true });
  for (const name of PLAIN)
    copyFileSync(join(shared, "dist", `${name}.d.ts`), join(dist, "protocol", `${name}.d.ts`));
  for (const file of readdirSync(dist).filter((name) => name.endsWith(".d.ts") && name !== "protocol.d.ts")) {
    const text = readFileSync(join(dist, file), "utf8");
    const pointed = text
      .replace(/"@tallystick\/protocol\/([\w-]+)"/g, '"./protocol/$1.js"')
      .replace(/"@tallystick\/protocol"/g, '"./protocol.js"');
    writeFileSync(join(dist, file), pointed);
  }
}

copyFileSync(join(dirname(sdk), "LICENSE"), join(sdk, "LICENSE"));
rmSync(dist, { recursive: true, force: true });
run("-b", "../shared", ".");
writeTypes();
for (const file of readdirSync(dist)) if (/\.js$|\.map$|tsbuildinfo$/.test(file)) rmSync(join(dist, file));
await build({
  entryPoints: ["index.ts", "money.ts", "operator.ts"].map((name) => join(sdk, name)),
  outdir: dist,
  bundle: true,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  conditions: ["tallystick-source"],
  external: ["socket.io-client"],
  logLevel: "warning",
});
