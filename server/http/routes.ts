/** Every route of the hub. */
import { IMPORT_ROUTES } from "./account-import.ts";
import { ACCOUNT_ROUTES, type AccountParts } from "./accounts.ts";
import { API_DOCUMENT_ROUTES, type ApiDocumentParts } from "./api-documents.ts";
import { AUDIT_ROUTES, type AuditParts } from "./audits.ts";
import { DOCS_PAGE_ROUTES } from "./docs-pages.ts";
import { DOCUMENT_ROUTES, type DocumentParts } from "./documents.ts";
import { FENCE_ROUTES, type FenceParts } from "./fences.ts";
import { HEALTH_ROUTES, type HealthParts } from "./health.ts";
import { HISTORY_ROUTES, type HistoryParts } from "./history.ts";
import { ISSUANCE_ROUTES, type IssuanceParts } from "./issuances.ts";
import { LIVE_ROUTES, type LiveParts } from "./live.ts";
import { LOCAL_ROUTES, type LocalParts } from "./local-sign-in.ts";
import { PAGE_ROUTES, type PageParts } from "./pages.ts";
import { REVOCATION_ROUTES, type RevocationParts } from "./revocations.ts";
import type { Route } from "./route.ts";
import { SETTLEMENT_ROUTES, type SettlementParts } from "./settlements.ts";
import { VOUCHER_ROUTES, type VoucherParts } from "./vouchers.ts";
import { WEBHOOK_ROUTES, type WebhookParts } from "./webhooks.ts";

/** What the routes work with. */
export type RouteParts = HealthParts &
  AccountParts &
  IssuanceParts &
  VoucherParts &
  DocumentParts &
  SettlementParts &
  FenceParts &
  RevocationParts &
  LiveParts &
  AuditParts &
  LocalParts &
  HistoryParts &
  WebhookParts;

/** In the order in which the API's documents have them. */
export const ROUTES: readonly Route<RouteParts & ApiDocumentParts & PageParts>[] = [
  ...IMPORT_ROUTES,
  ...ACCOUNT_ROUTES,
  ...ISSUANCE_ROUTES,
  ...VOUCHER_ROUTES,
  ...DOCUMENT_ROUTES,
  ...SETTLEMENT_ROUTES,
  ...FENCE_ROUTES,
  ...HISTORY_ROUTES,
  ...WEBHOOK_ROUTES,
  ...LIVE_ROUTES,
  ...AUDIT_ROUTES,
  ...REVOCATION_ROUTES,
  ...HEALTH_ROUTES,
  ...API_DOCUMENT_ROUTES,
  ...DOCS_PAGE_ROUTES,
  ...PAGE_ROUTES,
  ...LOCAL_ROUTES,
];
