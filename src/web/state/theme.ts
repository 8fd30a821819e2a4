/** Light or dark: as chosen, else as the system has it. */
import { effect, signal } from "@preact/signals";
import type { Saved } from "./saved.ts";

export const THEMES = ["auto", "light", "dark"] as const;
export type ThemeName = (typeof THEMES)[number];
const KEY = "theme";

export class Theme {
  readonly name = signal<ThemeName>("auto");

  constructor(saved: Saved, prefersDark: MediaQueryList = matchMedia("(prefers-color-scheme: dark)")) {
    const kept = saved.read<ThemeName>(KEY);
    if (kept && THEMES.includes(kept)) this.name.value = kept;
    const dark = signal(prefersDark.matches);
    prefersDark.addEventListener("change", () => {
      dark.value = prefersDark.matches;
    });
    effect(() => {
      const shown = this.name.value === "auto" ? (dark.value ? "dark" : "light") : this.name.value;
      document.documentElement.dataset["theme"] = shown;
    });
  }

  choose(name: ThemeName, saved: Saved): void {
    this.name.value = name;
    saved.write(KEY, name);
  }
}
