/** Whether somebody looks: what is shown for a moment to a page that is visible has been seen. */
import { signal } from "@preact/signals";
import type { AnyItem } from "./desk.ts";

/** So long a mark stays once it can be seen, milliseconds. */
const SEEN_AFTER_MS = 4000;

const isVisible = signal(document.visibilityState === "visible");
document.addEventListener("visibilitychange", () => {
  isVisible.value = document.visibilityState === "visible";
});

/** Takes the marks of an item away after a while; to be run as an effect while it is shown. */
export function seenWhileShown(item: AnyItem): (() => void) | undefined {
  if (!isVisible.value || item.unseen.value.size === 0) return undefined;
  const timer = setTimeout(() => item.see(), SEEN_AFTER_MS);
  return () => clearTimeout(timer);
}
