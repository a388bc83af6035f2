/** What has to hold whatever is sent. */
import { ERRORS, ErrorBody } from "@tallystick/protocol";
import { audit } from "../../server/audit/audit.ts";
import type { Held } from "../helpers/child-hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { call, jsonOf } from "../http/client.ts";
import type { World } from "./world.ts";

/** Codes that no input may bring about while the store is there. */
const NEVER: ReadonlySet<string> = new Set(["internal", "unavailable"]);

/** A refusal is of the closed table, and none that says that the hub has failed. @throws Error otherwise. */
export function checkRefusal(error: unknown, what: string): void {
  const { code, message } = ErrorBody.strict().parse(error);
  if (NEVER.has(code)) throw new Error(`${what} was answered ${code}: ${message}`);
  if (!(code in ERRORS)) throw new Error(`${what} was answered ${code}, which is no code of the table`);
}

/** Nothing has gone wrong in the hub. @throws Error otherwise. */
export function checkQuiet(world: World): void {
  const wrongs = world.wrongs();
  if (wrongs.length > 0) throw new Error(`in the hub went wrong:\n${wrongs.join("\n")}`);
  if (!world.hub.alive) throw new Error("the hub has died");
}

/** Somebody who has sent nothing is served. @throws Error otherwise. */
export async function checkServed(world: World): Promise<void> {
  jsonOf(await call(world.hub, "GET", "/healthz"));
  const bystander = await connectTerminal(world.hub, "bystander");
  const listed = await bystander.list();
  bystander.close();
  if (!listed.ok) throw new Error(`a bystander was refused: ${JSON.stringify(listed.error)}`);
  checkQuiet(world);
}

/** The whole book is in balance. @throws Error otherwise. */
export async function checkBook({ book }: World): Promise<number> {
  const { findings, issuances } = await audit(book);
  if (findings.length > 0)
    throw new Error(`the audit found ${JSON.stringify(findings.slice(0, 10), null, 1)}`);
  return issuances;
}

/** What a process takes more than it did with its first inputs, and may keep: code that is compiled, caches that fill. */
const HEAP_ROOM = { factor: 1.5, bytes: 24 * 1024 * 1024 };
/** Connections that close a little later. */
const FILE_ROOM = 8;

/** All that was taken has been given back. @throws Error otherwise. */
export function checkReturned(before: Held, after: Held): void {
  const most = before.heapBytes * HEAP_ROOM.factor + HEAP_ROOM.bytes;
  if (after.heapBytes > most)
    throw new Error(`memory does not return: ${before.heapBytes} bytes before, ${after.heapBytes} after`);
  for (const what of ["handles", "files", "listeners"] as const)
    if (after[what] > before[what] + FILE_ROOM)
      throw new Error(`${what} do not return: ${before[what]} before, ${after[what]} after`);
}
