/**
 * Amounts as people write them. It is an entry of its own, `@tallystick/client/money`, since the list of
 * currencies is not needed by every page.
 *
 * @packageDocumentation
 */
export { formatAmount, MAX_AMOUNT, parseAmount } from "@tallystick/protocol/money";
