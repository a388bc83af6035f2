/**
 * Imports a TypeScript module in a thread, which does not inherit how the main thread reads TypeScript; only for a hub or
 * a load that is run from source.
 *
 * @param {string} url the module's own.
 */
export async function importSource(url) {
  const { TEST_COMPILED } = process.env;
  if (TEST_COMPILED) {
    // In a run of the tests all is compiled already, into a folder with the paths of this repository.
    const path = url.slice(new URL("..", import.meta.url).href.length).replace(/\.ts$/, ".mjs");
    await import(new URL(path, TEST_COMPILED).href);
  } else {
    const { register } = await import("tsx/esm/api");
    register();
    await import(url);
  }
}
