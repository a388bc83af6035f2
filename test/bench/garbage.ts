/** Lets a measured server collect its garbage when it is asked to, and say what memory is left then. */
export function answerGarbageQuestions(): void {
  process.on("message", (message) => {
    if (message !== "collect") return;
    for (let round = 0; round < 4; round++) globalThis.gc?.();
    // What the collector gives back to the system is given back a little later.
    setTimeout(() => process.send?.({ resident: process.memoryUsage.rss() }), 500);
  });
}
