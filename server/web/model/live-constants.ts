/** What the page knows of the hub's pace without its schemas, which need a library; `test/web/console.test.ts` holds them against those. */
export const LIVE_EVERY_MS = 2000;
export const LIVE_SLICES = 450;
