// A thread does not inherit how the main thread reads TypeScript; only for a hub that is run from source.
import { register } from "tsx/esm/api";

register();
await import("./thread.ts");
