/**
 * The conditions of indexes that have only some rows. A database takes such an index only for what it sees in the words of
 * the statement: a value beside them does not count.
 */
import { type SqlBool, sql } from "kysely";

/** Of the journal's index of events in the feed. */
export const IN_FEED = sql<SqlBool>`feed > 0`;
/** Of the journal's index by subject. */
export const HAS_SUBJECT = sql<SqlBool>`subject <> ''`;
