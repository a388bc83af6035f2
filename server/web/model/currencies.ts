/** The currencies that can be chosen: those that the sample book has come first. */
import { EXPONENTS } from "@tallystick/protocol/money";

export const CURRENCIES = [...new Set(["CNY", "USD", "EUR", "JPY", "KWD", ...[...EXPONENTS.keys()].sort()])];
