/** `/status`: puts the page together. */
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { Saved } from "../state/saved.ts";
import { THEMES, Theme } from "../state/theme.ts";
import { Page } from "./page.tsx";
import { Watch } from "./watch.ts";
import { type TongueName, WORDS } from "./words.ts";

const saved = new Saved(() => localStorage);
const theme = new Theme(saved);
const watch = new Watch(new Saved(() => sessionStorage));
/** As chosen here or in the web client, else as the browser prefers. */
const kept = saved.read<string>("tongue");
const preferred: TongueName = navigator.languages.find((tag) => /^(?:zh|en)\b/i.test(tag))?.startsWith("zh")
  ? "cn"
  : "en";
const tongue = signal<TongueName>(kept === "cn" || kept === "en" ? kept : preferred);

effect(() => {
  const words = WORDS[tongue.value];
  document.documentElement.lang = words.tag;
  document.title = `Polyge · ${words.title}`;
});

function Status() {
  const words = WORDS[tongue.value];
  const link = watch.link.value;
  const name = theme.name.value;
  const said = link === "live" ? words.live : link === "lost" ? words.lost : link === "asking" ? words.asking : "";
  return (
    <main>
      <header>
        <h1>
          <span class="brand">Polyge</span> {words.title}
        </h1>
        <p class={`link ${link}`} role="status">
          {said}
        </p>
        <nav>
          <button
            type="button"
            class="plain"
            onClick={() => theme.choose(THEMES[(THEMES.indexOf(name) + 1) % THEMES.length]!, saved)}
          >
            {words.theme[name]}
          </button>
          <button
            type="button"
            class="plain"
            lang={words.otherTag}
            onClick={() => {
              tongue.value = tongue.value === "cn" ? "en" : "cn";
              saved.write("tongue", tongue.value);
            }}
          >
            {words.other}
          </button>
        </nav>
      </header>
      <Page watch={watch} words={words} />
    </main>
  );
}

render(<Status />, document.getElementById("app")!);
watch.start();
// For check.js, which says so where this line was never reached.
document.documentElement.dataset["started"] = "yes";
