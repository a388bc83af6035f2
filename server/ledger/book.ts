/**
 * The book as a whole. It has a random id, made with it; each partition has a marker with the id and with what
 * the book was made with, so that no partition is taken for another book's, or for one of another cut.
 */
import { randomBytes } from "node:crypto";
import { settleApart } from "../redis/apart.ts";
import { masters, type Store } from "../redis/connect.ts";
import { bookKey, HUBS_KEYS } from "./keys.ts";
import { ScriptRunner } from "./script-runner.ts";

/** Grows when the store's forms change so that an older hub could not read them. */
export const FORMAT = "4";
/** What a partition's marker says, instead of whose it is, while a book is made anew in it. */
export const RESTORING = "restoring";
/** 72 bits: no two books ever have the same id. */
const ID_BYTES = 9;

/** The store's book can't be served with these settings. */
export class BookError extends Error {
  override name = "BookError";
}

/** There is no book in the store, and none may be begun. */
export class NoBookError extends BookError {
  override name = "NoBookError";
}

/** A book is being made anew in the store: it is not there yet. */
export class RestoringError extends BookError {
  override name = "RestoringError";
}

/** A partition's marker. */
export interface Marker {
  id: string;
  /** Other partitions may still be without their marker; only in partition 0. */
  isBeginning: boolean;
  /** When an operator accepted the loss of what was there before, by the store's clock, ms; 0 when none has. */
  acceptedAt: number;
}

/** What is known of a book before any hub works on it. */
export interface OpenedBook {
  id: string;
  partitions: number;
  /** It was begun just now. */
  isNew: boolean;
  /** The partitions that have lost their marker. */
  blank: number[];
}

/**
 * Reads the marker of one partition; undefined when it has none.
 *
 * @throws BookError when it was made with other partitions or by another version of the hub; RestoringError when it is
 * being restored.
 */
export async function readMarker(
  store: Store,
  partition: number,
  partitions: number,
): Promise<Marker | undefined> {
  const fields = ["id", "partitions", "format", "beginning", "acceptedAt", RESTORING];
  const [id, madeWith, format, beginning, acceptedAt, restoring] = await store.hmget(
    bookKey(partition),
    ...fields,
  );
  if (typeof restoring === "string") {
    throw new RestoringError(
      `the book ${restoring} is being restored, or that has not come to its end: run tallystick restore again`,
    );
  }
  if (typeof format === "string" && format !== FORMAT) {
    throw new BookError(
      `the book has format ${format}, and this hub reads format ${FORMAT}: run the version that made it`,
    );
  }
  if (typeof madeWith === "string" && Number(madeWith) !== partitions) {
    throw new BookError(
      `PARTITIONS is ${partitions}, but the book was made with ${madeWith}, which can't change: set PARTITIONS=${madeWith}`,
    );
  }
  if (typeof id !== "string") return undefined;
  return { id, isBeginning: beginning === "1", acceptedAt: Number(acceptedAt ?? 0) };
}

/** The markers of all partitions. */
export interface Markers {
  /** The one id that they have; undefined when no partition has a marker. */
  id: string | undefined;
  blank: number[];
  isBeginning: boolean;
}

/**
 * Reads the markers of all partitions whose servers answer, at least of one that has any.
 *
 * @throws the client's error when nobody knows whose book it is, since some do not answer; BookError as `readMarker`, and when the partitions are of more than one book.
 */
export async function readMarkers(store: Store, partitions: number): Promise<Markers> {
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  const read = async (partition: number) =>
    [partition, await readMarker(store, partition, partitions)] as const;
  const { values, failures } = await settleApart(numbers.map(read));
  const markers = new Map(values);
  const ids = [...new Set(values.flatMap(([, marker]) => marker?.id ?? []))];
  if (ids.length > 1) {
    throw new BookError(
      `the store holds parts of different books (${ids.join(", ")}): take out the servers that are another's`,
    );
  }
  if (ids.length === 0 && failures.length > 0) throw failures[0];
  return {
    id: ids[0],
    blank: [...markers.keys()].filter((partition) => markers.get(partition) === undefined),
    isBeginning: markers.get(0)?.isBeginning === true,
  };
}

/**
 * Checks that the book fits the settings, and begins it when the store is empty. What another hub has only begun to
 * begin is finished; a partition that has lost its marker since is left as it is, since its data is gone too.
 *
 * @param options.mayBegin false where a book has to be there; true unless given.
 * @throws BookError when it was made with other partitions or by another version of the hub, or has lost its name.
 * @throws NoBookError when there is none and none may be begun.
 */
export async function openBook(
  store: Store,
  partitions: number,
  { mayBegin = true }: { mayBegin?: boolean } = {},
): Promise<OpenedBook> {
  let markers = await readMarkers(store, partitions);
  let isNew = false;
  if (markers.id === undefined) {
    if (await holdsData(store)) {
      // Another hub may have begun it meanwhile.
      markers = await readMarkers(store, partitions);
      if (markers.id === undefined) throw new BookError(LOST_NAME);
    } else if (!mayBegin) throw new NoBookError("there is no book in the store");
    else {
      ({ isNew } = await beginBook(store, partitions));
      markers = await readMarkers(store, partitions);
    }
  }
  if (markers.id !== undefined && markers.isBeginning) {
    await writeMarkers(store, { id: markers.id, partitions });
    markers = await readMarkers(store, partitions);
  }
  if (markers.id === undefined) throw new BookError(LOST_NAME);
  return { id: markers.id, partitions, isNew, blank: markers.blank };
}

const LOST_NAME =
  "the store has data, but no partition of it says whose book it is: bring back what was lost, or accept the loss with: tallystick book begin";

/** Who begins a book, or writes its markers anew. */
export interface Begin {
  /** An operator accepts that what was there is lost. */
  byOperator?: boolean;
}

/**
 * Begins a book. Partition 0 decides, in one step, which of several hubs begins it; it says that the book is being
 * begun until all other partitions have their markers, so that another hub finishes it when this one dies.
 */
export async function beginBook(
  store: Store,
  partitions: number,
  options: Begin = {},
): Promise<{ id: string; isNew: boolean }> {
  const id = randomBytes(ID_BYTES).toString("base64url");
  const first = { ...options, id, partitions, isBeginning: true };
  const [, begun = id, isNew] = await writeMarker(new ScriptRunner({ store }), 0, first);
  const { isBeginning = false } = (await readMarker(store, 0, partitions)) ?? {};
  if (isBeginning) await writeMarkers(store, { ...options, id: begun, partitions });
  return { id: begun, isNew: isNew === "new" };
}

interface Writing extends Begin {
  id: string;
  partitions: number;
}

/** Writes the markers of the partitions that have none, and says that the book has begun. */
export async function writeMarkers(store: Store, book: Writing): Promise<void> {
  const scripts = new ScriptRunner({ store });
  await Promise.all(
    Array.from({ length: book.partitions }, (_, partition) => writeMarker(scripts, partition, book)),
  );
  await store.hdel(bookKey(0), "beginning");
}

function writeMarker(
  scripts: ScriptRunner,
  partition: number,
  { id, partitions, isBeginning = false, byOperator = false }: Writing & { isBeginning?: boolean },
): Promise<string[]> {
  const args = [id, partitions, FORMAT, isBeginning ? "beginning" : "", byOperator ? "operator" : ""];
  return scripts.run("begin-book", [bookKey(partition)], args);
}

/** True when the store holds anything of a book. */
async function holdsData(store: Store): Promise<boolean> {
  for (const server of masters(store)) {
    let cursor = "0";
    do {
      const [next, keys] = await server.scan(cursor, "MATCH", "ts:{*", "COUNT", 1000);
      // A hub whose book is gone goes on sweeping.
      if (keys.some((key) => !HUBS_KEYS.has(key))) return true;
      cursor = next;
    } while (cursor !== "0");
  }
  return false;
}
