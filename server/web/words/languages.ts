/** The languages of the pages, and which one is shown. */
import { computed, effect, signal } from "@preact/signals";
import { en } from "./en.tsx";
import { zh } from "./zh.tsx";

export type Language = "en" | "zh";

const KEPT = "tallystick.language";

function first(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const language = signal<Language>(first());

/** All that is said, in the language that is shown. */
export const words = computed(() => (language.value === "zh" ? zh : en));

effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});

export function choose(chosen: Language): void {
  localStorage.setItem(KEPT, chosen);
  language.value = chosen;
}

/** The language that a name is written in, so that it is drawn and read out as such. */
export function languageOf(text: string): string | undefined {
  if (/[\u3040-\u30ff]|株式会社/u.test(text)) return "ja";
  return /\p{Script=Han}/u.test(text) ? "zh" : undefined;
}
