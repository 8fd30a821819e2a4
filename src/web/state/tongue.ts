/** The language of the page: as chosen, else as the browser prefers. */
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { chinese } from "../words/chinese.ts";
import { english, type Words } from "../words/english.ts";
import type { Saved } from "./saved.ts";

export type TongueName = "cn" | "en";
const WORDS: Record<TongueName, Words> = { cn: chinese, en: english };
const KEY = "tongue";

export class Tongue {
  readonly name = signal<TongueName>("en");
  readonly words: ReadonlySignal<Words> = computed(() => WORDS[this.name.value]);

  constructor(saved: Saved, preferred: readonly string[]) {
    const kept = saved.read<string>(KEY);
    const first = preferred.find((tag) => /^(?:zh|en)\b/i.test(tag)) ?? "en";
    this.name.value = kept === "cn" || kept === "en" ? kept : /^zh/i.test(first) ? "cn" : "en";
    effect(() => {
      document.documentElement.lang = this.words.value.tag;
    });
  }

  choose(name: TongueName, saved: Saved): void {
    this.name.value = name;
    saved.write(KEY, name);
  }
}
