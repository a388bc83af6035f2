/** What an operator is told of an audit that a hub makes when it is asked to. */
import { z } from "zod";
import { Party, Time } from "./fields.ts";

/** How many findings are told one by one. */
export const MOST_FINDINGS = 100;

const Count = z.int().min(0);

export const AuditReport = z
  .object({
    state: z.enum(["running", "holds", "found", "failed"]).describe("`found`: the book is not in balance."),
    by: Party.describe("Who asked for it."),
    startedAt: Time.describe("On the hub's clock."),
    endedAt: Time.optional(),
    progress: z.number().min(0).max(1),
    accounts: Count.optional(),
    freezes: Count.optional(),
    issuances: Count.optional(),
    vouchers: Count.optional(),
    forgotten: Count.optional().describe(
      "Issuances of which `tallystick forget` has blanked what people had written, each with its voucher.",
    ),
    findingCount: Count.optional(),
    findings: z
      .array(z.object({ subject: z.string(), problem: z.string(), rule: z.string() }))
      .optional()
      .describe(`The first ${MOST_FINDINGS}.`),
    failure: z.string().optional().describe("Why it could not be made."),
  })
  .describe("An audit that this hub has made, or makes.");
export type AuditReport = z.infer<typeof AuditReport>;

export const LastAudit = z
  .object({ audit: AuditReport.optional().describe("Absent before the first since the hub was started.") })
  .describe("The audit that this hub makes, or made last.");
export type LastAudit = z.infer<typeof LastAudit>;
