/** The parts of a table. Where one is stacked on a phone, browsers no longer say that it is one; so it says so itself. */
export const TABLE = { role: "table" } as const;
export const ROW = { role: "row" } as const;
export const CELL = { role: "cell" } as const;
export const HEAD = { role: "columnheader", scope: "col" } as const;
