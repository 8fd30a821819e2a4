/** The language of the page, and light or dark. */
import { useApp } from "../app.ts";
import { THEMES } from "../state/theme.ts";
import { Icon } from "./icons.tsx";

/** Each language in its own words, for whoever cannot read the present one. */
export function TongueToggle() {
  const { tongue, saved } = useApp();
  const other = tongue.name.value === "cn" ? "en" : "cn";
  return (
    <button
      type="button"
      class="quiet"
      lang={other === "cn" ? "zh-Hans" : "en"}
      onClick={() => tongue.choose(other, saved)}
    >
      <Icon name="globe" />
      {other === "cn" ? "中文" : "English"}
    </button>
  );
}

export function ThemeToggle() {
  const { theme, saved, words } = useApp();
  const said = { auto: words.themeAuto, light: words.themeLight, dark: words.themeDark };
  const next = THEMES[(THEMES.indexOf(theme.name.value) + 1) % THEMES.length]!;
  const label = `${words.theme}: ${said[theme.name.value]}`;
  return (
    <button type="button" class="quiet" aria-label={label} title={label} onClick={() => theme.choose(next, saved)}>
      <Icon name="sun" />
      <span>{said[theme.name.value]}</span>
    </button>
  );
}
