/** What hubs tell each other of themselves while somebody watches at one of them. */
import { AuditReport, LIVE_SLICES, LiveArchive, LiveBook, LiveHub, LiveWaiting } from "@tallystick/protocol";
import { z } from "zod";

/** The room in which they do. Every hub is in it. */
export const LIVE_ROOM = "live:hubs";

const Raw = z.object({
  failed: z.number(),
  steps: z.record(z.string(), z.number()),
  paid: z.record(z.string(), z.number()),
  times: z.array(z.number()).max(64),
});

export const Sample = z.object({
  hub: z.string(),
  /** Somebody watches there: the others tell of themselves for a while. */
  isWatched: z.boolean(),
  /** Somebody has just begun to watch there: the others tell what they remember. */
  asks: z.literal(true).optional(),
  now: LiveHub,
  /** What has happened there since it told last. */
  slice: Raw,
  /** The slices before, the newest last; told to who asks. */
  past: z.array(Raw).max(LIVE_SLICES).optional(),
  /** Only the hub that counts the book knows it. */
  book: LiveBook.optional(),
  waiting: LiveWaiting.optional(),
  archive: LiveArchive.optional(),
  audit: AuditReport.omit({ findings: true }).optional(),
});
export type Sample = z.infer<typeof Sample>;

/** Reads what came; undefined when it is no sample, or one of another version of the hub. */
export function readSample(json: string): Sample | undefined {
  try {
    return Sample.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
