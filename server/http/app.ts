import type { Express } from "express";
import express from "express";
import type { Settings } from "../config.ts";
import type { Accounts } from "../ledger/accounts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Tokens } from "../tokens.ts";

export interface HttpParts {
  settings: Settings;
  ledger: Ledger;
  accounts: Accounts;
  tokens: Tokens;
  metrics: Metrics;
  log: Logger;
}

export function createHttpApp(_parts: HttpParts): Express {
  return express();
}
