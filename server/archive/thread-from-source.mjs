import { importSource } from "../import-source.mjs";

await importSource(new URL("./thread.ts", import.meta.url).href);
