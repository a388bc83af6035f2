/** What every answer over HTTP tells a browser, whichever part of the hub gives it. */
import helmet from "helmet";
import type { Settings } from "./config.ts";

/** The answers are data: a browser that shows one loads nothing for it and frames it nowhere. */
const NOTHING_LOADS = { "default-src": ["'none'"], "frame-ancestors": ["'none'"] };

/** Sets the headers; a page has a policy of its own besides. RFC 6797 has browsers told to stay with TLS over TLS alone. */
export function secureHeaders({
  TLS_CERT,
  TRUST_PROXY,
}: Pick<Settings, "TLS_CERT" | "TRUST_PROXY">): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: NOTHING_LOADS },
    strictTransportSecurity: TLS_CERT !== undefined || TRUST_PROXY > 0,
  });
}
