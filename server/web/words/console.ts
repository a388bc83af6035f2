/** What the console says, in the language that is shown. */
import { computed } from "@preact/signals";
import { consoleEn } from "./console-en.tsx";
import { consoleZh } from "./console-zh.tsx";
import { language } from "./languages.ts";

export const said = computed(() => (language.value === "zh" ? consoleZh : consoleEn));
