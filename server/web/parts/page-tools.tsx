/** What the head of each page ends in: the other language, and light or dark. */
import { computed, signal } from "@preact/signals";
import { choose, words } from "../words/languages.ts";

const KEPT = "tallystick.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = signal(localStorage.getItem(KEPT));
export const isDark = computed(() => (theme.value ?? (dark.matches ? "dark" : "light")) === "dark");
if (theme.value) document.documentElement.dataset.theme = theme.value;

function turnTheme(): void {
  const chosen = isDark.value ? "light" : "dark";
  theme.value = chosen;
  localStorage.setItem(KEPT, chosen);
  document.documentElement.dataset.theme = chosen;
}

export function PageTools() {
  const w = words.value;
  return (
    <>
      <button class="bare" type="button" lang={w.otherLanguage} onClick={() => choose(w.otherLanguage)}>
        {w.other}
      </button>
      <button class="bare" type="button" aria-label={w.theme} aria-pressed={isDark} onClick={turnTheme}>
        ◐
      </button>
    </>
  );
}
