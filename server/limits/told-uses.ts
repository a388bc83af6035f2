/** What a hub tells the others of the parties that send it much. */
import { z } from "zod";

const Told = z.object({
  hub: z.string(),
  /** Units that each has asked for within the last second. */
  uses: z.record(z.string(), z.number().nonnegative()),
});
export type Told = z.infer<typeof Told>;

/** Reads what came; undefined when it is something else, or of another version of the hub. */
export function readTold(json: string): Told | undefined {
  try {
    return Told.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
