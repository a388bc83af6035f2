/** The audit, for operators: one at a time at each hub, while everything else goes on. */
import { AuditReport, LastAudit } from "@tallystick/protocol";
import type { AuditDesk } from "../audit/audit-desk.ts";
import { identityOf } from "./authorise.ts";
import { routesOf } from "./route.ts";

export interface AuditParts {
  audits: AuditDesk;
}

const route = routesOf<AuditParts>();

export const AUDIT_ROUTES = [
  route({
    method: "GET",
    path: "/v1/audit",
    who: "operator",
    numbers: "masked if asked",
    summary: "The audit that this hub makes, or made last.",
    answers: { 200: { what: "How far it is, or what it found.", schema: LastAudit } },
    handle: ({ audits }, _input, { response }) => {
      response.json({ ...(audits.last && { audit: audits.last }) } satisfies LastAudit);
    },
  }),
  route({
    method: "POST",
    path: "/v1/audit",
    who: "operator",
    part: "operator:read",
    numbers: "masked if asked",
    summary: "Begins an audit of the whole book, unless this hub makes one already: it only reads.",
    answers: { 202: { what: "The one that is under way now.", schema: AuditReport } },
    handle: ({ audits }, _input, { response }) => {
      response.status(202).json(audits.begin(identityOf(response).party));
    },
  }),
];
