/**
 * Vouchers that have left the store, and their settlements: what their scripts would answer, from the record as the archive
 * makes it anew, so that nobody can tell but by the time it takes.
 */
import {
  VOUCHER_ROLES,
  type VoucherCommandName,
  type VoucherCommandPayloads,
  type VoucherRole,
  type VoucherVoid,
  voucherRuleOf,
} from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { Retired } from "../archive/record.ts";
import { unpack } from "../ledger/packing.ts";
import { payloadDigest } from "../ledger/payload-digest.ts";
import { readSettlement } from "../ledger/settlement-record.ts";
import { type FoundSettlement, partitionOfVoucher, partsOf } from "../ledger/settlements.ts";
import type { VoucherReading, VoucherReadOptions } from "../ledger/voucher-commands.ts";
import { readVoucherOutcome, type VoucherOutcome } from "../ledger/voucher-outcome.ts";
import { readStoredVoucher, readTerms, type VoucherTerms } from "../ledger/voucher-record.ts";
import { writeDigest } from "../ledger/write-ids.ts";

interface Found extends Retired {
  terms: VoucherTerms;
  log: string[];
}

export class RetiredVouchers {
  readonly #archive: AsksArchive;

  constructor(archive: AsksArchive) {
    this.#archive = archive;
  }

  /**
   * What a reader finds; undefined when no voucher of this id has left the store.
   *
   * @throws ArchiveAwayError when the archive does not answer.
   */
  async read(
    voucherId: string,
    { party, after, digest }: VoucherReadOptions,
  ): Promise<VoucherReading | undefined> {
    const found = await this.#find(voucherId, party);
    if (!found) return undefined;
    if (found === ANOTHERS) return { kind: "not_found", isGone: false };
    const { fields, isForgotten, log } = found;
    const { snapshot: stored, events } = readStoredVoucher(voucherId, [...unpack(fields.o ?? ""), ...log], 0);
    const snapshot = { ...stored, ...(isForgotten && { forgotten: true as const }) };
    const isOther = after && digest !== undefined && !log[after - 1]?.startsWith(`${digest}|`);
    if (after !== undefined && (after > log.length || isOther))
      return { kind: "behind", version: snapshot.version, digest: snapshot.digest };
    return { kind: "found", snapshot, events, due: false };
  }

  /** What a command is answered; undefined when no voucher of its id has left the store. @throws ArchiveAwayError */
  async execute(
    party: string,
    name: VoucherCommandName,
    payload: VoucherCommandPayloads[VoucherCommandName],
  ): Promise<Refusable | undefined> {
    const found = await this.#find(payload.voucherId, party);
    return found && outcomeOf(payload.voucherId, answer(found, party, name, payload));
  }

  /** The same, of an operator's word. */
  async void(voucherId: string, { reason, reference }: VoucherVoid): Promise<Refusable | undefined> {
    const found = await this.#findAny(voucherId);
    if (!found) return undefined;
    const repeated = replay(found, `o:${reference}`, writeDigest(["void", reason]));
    return outcomeOf(voucherId, repeated ?? ["rejected", "wrong_state", stateOf(found)]);
  }

  /** A settlement of a voucher that has left the store. @throws ArchiveAwayError */
  async settlement(settlementId: string): Promise<FoundSettlement | undefined> {
    const { voucherId, version } = partsOf(settlementId);
    const found = await this.#findAny(voucherId);
    const settlement = readSettlement(found?.fields[`z:${version}`] ?? "");
    if (!found || !settlement) return undefined;
    const mark = { partition: partitionOfVoucher(voucherId), entry: "" };
    return { settlementId, terms: found.terms, ...settlement, isFenced: false, mark };
  }

  /** For whoever may read all. */
  async #findAny(voucherId: string): Promise<Found | undefined> {
    const found = await this.#find(voucherId, undefined);
    return found === ANOTHERS ? undefined : found;
  }

  async #find(id: string, party: string | undefined): Promise<Found | typeof ANOTHERS | undefined> {
    if (!this.#archive.isThere) return undefined;
    const found = await this.#archive.ask("readRetired", { id, party });
    if (found?.kind === ANOTHERS) return ANOTHERS;
    const terms = found && readTerms(id, found.fields.o ?? "");
    if (!terms) return undefined;
    const { fields } = found;
    const log: string[] = [];
    for (let line = fields[1]; line !== undefined; line = fields[log.length + 1]) log.push(line);
    return { ...found, terms, log };
  }
}

/** It is not whose question it is. */
const ANOTHERS = "anothers";

/** What has ended has nothing that is due. */
type Refusable = Exclude<VoucherOutcome, { kind: "due" }>;

function outcomeOf(voucherId: string, reply: readonly string[]): Refusable {
  return readVoucherOutcome(voucherId, reply) as Refusable;
}

/** The reply of a script: membership, repeat, role, then the state, in this order. */
function answer(
  found: Found | typeof ANOTHERS,
  party: string,
  name: VoucherCommandName,
  payload: VoucherCommandPayloads[VoucherCommandName],
): string[] {
  if (found === ANOTHERS) return ["rejected", "not_found"];
  const { terms } = found;
  const roles = rolesOf(terms, party);
  const [role] = roles as [VoucherRole, ...VoucherRole[]];
  const repeated = replay(found, `${role[0]}:${payload.commandId}`, payloadDigest(name, payload));
  if (repeated) return repeated;
  const rule = voucherRuleOf(name);
  const approver = terms.approval.split(":")[0];
  const isAllowed = roles.some(
    (each) => rule.roles.includes(each) || (rule.roles.includes("approver") && each === approver),
  );
  if (!isAllowed) {
    const first = (["beneficiary", "issuer"] as const).find((each) => rule.roles.includes(each));
    return ["rejected", "forbidden", first ?? "approver"];
  }
  if (rule.forAnother && terms.issuer === terms.beneficiary) return ["rejected", "forbidden", "issuer"];
  return ["rejected", "wrong_state", stateOf(found)];
}

/** A repeat is answered from the log, up to the version of the first answer; undefined when it is none. */
function replay({ fields, log }: Found, field: string, payload: string): string[] | undefined {
  const [digest, version] = fields[field]?.split(" ") ?? [];
  if (digest === undefined) return undefined;
  if (digest !== payload) return ["rejected", "conflict", "commandId"];
  return ["again", "", ...unpack(fields.o ?? ""), ...log.slice(0, Number(version))];
}

function stateOf({ fields }: Found): string {
  return unpack(fields.s ?? "")[1] ?? "";
}

/** The roles of a party, in the order in which it acts. */
function rolesOf(terms: VoucherTerms, party: string): VoucherRole[] {
  return VOUCHER_ROLES.filter((role) => terms[role] === party);
}
