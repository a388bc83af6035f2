/** Settings of a run's hubs, as far as others have to know them. */

export const PARTITIONS = 16;
/** Seconds that a payer has to answer, and that every other wait may take: what is left lying ends soon. */
export const RESPOND_WITHIN = 8;
export const WAIT_WITHIN = 12;

/**
 * Seconds that requests are remembered after what came of them has left the store: no terminal repeats one so late, which
 * would begin another.
 */
export const REMEMBER = 60;

/** After this long without a command, every issuance has come to its deadline, milliseconds. */
export const LONGEST_WAIT_MS = WAIT_WITHIN * 1000;
