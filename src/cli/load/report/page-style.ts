/** The colours, in light and dark. */
export const THEME = `:root { color-scheme: light dark;
  --page: #f6f6f4; --card: #fff; --ink: #16181d; --soft: #5c6370; --line: #e3e4e6; --edge: #e8e8e6;
  --c1: #2a78d6; --c2: #d9601f; --c3: #17936a; --c4: #8a4fc7; --bad: #c0281c; --good: #17794f; --warn: #8f5b00;
  --bad-bg: #fdecea; --good-bg: #e7f5ee; --warn-bg: #fdf3df; }
@media (prefers-color-scheme: dark) { :root {
  --page: #121418; --card: #1b1e24; --ink: #eceef2; --soft: #9aa2b1; --line: #2c313a; --edge: #262a32;
  --c1: #5b9df0; --c2: #f08a4b; --c3: #3fbf8f; --c4: #b78af0; --bad: #ff8a7d; --good: #5fd3a1; --warn: #f0bd5c;
  --bad-bg: #3a1d1b; --good-bg: #14302a; --warn-bg: #352a14; } }
`;

/** What a chart is drawn with. */
export const CHART = `.c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); }
.grid { stroke: var(--line); } .tick, text.phase { fill: var(--soft); font-size: 11px; font-variant-numeric: tabular-nums; }
line.phase { stroke: var(--soft); stroke-opacity: .45; } .incident { stroke: var(--bad); stroke-dasharray: 4 3; stroke-width: 1.5; }
.line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; } .under { stroke-width: 6; stroke-opacity: .35; } .dot { fill: var(--c); }
`;

/** How the page looks. */
export const STYLE = `
${THEME}* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 15px; margin: 0 0 8px; }
.about { color: var(--soft); margin: 0 0 20px; }
.note { border-radius: 8px; padding: 10px 14px; margin: 0 0 10px; }
.good { background: var(--good-bg); color: var(--good); } .bad { background: var(--bad-bg); color: var(--bad); }
.warn { background: var(--warn-bg); color: var(--warn); } .good, .bad { font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 18px 0; }
.tile, figure, section { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; }
.tile { padding: 12px 14px; } .tile b { display: block; font-size: 24px; line-height: 1.25; font-weight: 650; }
.fault b { color: var(--bad); } .tile span { color: var(--soft); font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 14px; }
figure { margin: 0; padding: 12px 14px 6px; min-width: 0; } figcaption > span { color: var(--soft); font-size: 13px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; min-height: 21px; color: var(--soft); }
.key::before { content: ""; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin: 0 6px 3px 0; background: var(--c); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
${CHART}.cross { stroke: var(--soft); visibility: hidden; }
#tip { position: fixed; pointer-events: none; display: none; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 6px 10px; font-size: 13px; box-shadow: 0 4px 16px #0003; z-index: 1; } #tip b { font-weight: 600; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 14px; margin-top: 14px; align-items: start; }
section { padding: 12px 14px; overflow-x: auto; } .wide { grid-column: 1 / -1; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } td, th { padding: 4px 8px; border-top: 1px solid var(--line); text-align: right;
  font-variant-numeric: tabular-nums; font-weight: 400; white-space: nowrap; } th { color: var(--soft); }
tr:first-child > * { border-top: 0; } td:first-child, th:first-child { text-align: left; padding-left: 0; } td:last-child, th:last-child { padding-right: 0; }
table.words td:last-child { white-space: normal; }
footer { color: var(--soft); font-size: 13px; margin-top: 20px; }
@media print { body { background: #fff; } figure, section, .tile { break-inside: avoid; } }
`;

/** Shows the figures of the moment under the pointer. */
export const SCRIPT = `
const tip = document.getElementById("tip");
for (const svg of document.querySelectorAll("svg[data-chart]")) {
  const chart = JSON.parse(svg.dataset.chart), cross = svg.querySelector(".cross");
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    let at = 0;
    chart.x.forEach((each, index) => { if (Math.abs(each - x) < Math.abs(chart.x[at] - x)) at = index; });
    cross.setAttribute("x1", chart.x[at]); cross.setAttribute("x2", chart.x[at]); cross.style.visibility = "visible";
    const number = (value) => value === null ? "–" : value.toLocaleString("en", { maximumSignificantDigits: 4 });
    tip.replaceChildren(...[["", chart.seconds[at] + " s"], ...chart.series.map((s) => [s.colour, s.name + ": " + number(s.values[at])])]
      .map(([colour, text]) => Object.assign(document.createElement("div"), { className: colour && "key " + colour, textContent: text })));
    tip.style.display = "block";
    tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + "px";
  });
  svg.addEventListener("pointerleave", () => { tip.style.display = "none"; cross.style.visibility = "hidden"; });
}
`;
