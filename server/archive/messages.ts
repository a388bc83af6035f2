/** What the hub and the archive's thread tell each other. */
import type { Difference } from "./compare-partition.ts";
import type { Retired } from "./retirer.ts";

/** What the thread is started with. */
export interface ThreadSetup {
  archiveUrl: string;
  redisUrl: string;
  bookId: string;
  partitions: number;
  retentionMs: number;
  retireAfterMs: number;
  rememberMs: number;
  /** Waits for so many replicas before it commits; 0 waits for none. */
  replicas: number;
  /** The store's servers can wait for their replicas' disks. */
  onDisk: boolean;
}

/** How the archive stands. */
export interface ArchiveStatus {
  /** Its database answers. */
  isUp: boolean;
  /** This hub writes it for all. */
  isFollowing: boolean;
  /** How many partitions are not archived, since their journals don't fit. */
  holes: number;
}

/** Beside its answers. */
export type FromThread =
  /** The database was opened and is the book's; sent once. */
  | { kind: "opened" }
  /** It can't be used with these settings; nothing comes after it. */
  | { kind: "refused"; message: string }
  | { kind: "status"; status: ArchiveStatus }
  /** Up to this moment of the common clock, ms, the archive has all that the store had. */
  | { kind: "caught_up"; at: number; committed: number; journalEntries: number }
  | { kind: "retired"; retired: Retired }
  | { kind: "say"; level: "info" | "warn" | "error"; fields: object; message: string }
  /** The store has lost this: it has to be fenced. To be answered by `fenced`. */
  | { kind: "fence"; id: number; differences: readonly Difference[] };

/** Beside what it is asked. */
export type ToThread = { kind: "fenced"; id: number; error?: string };
