/** What terminals say that they were told, and what the store has of it. */

/** What a terminal says that it was told. */
export interface Claim {
  party: string;
  version: number;
  digest?: string | undefined;
}

/** The store has it; the terminal knows more; there is no such issuance at all; it is not the party's. */
export type Compared = "known" | "ahead" | "gone" | "not_found";
