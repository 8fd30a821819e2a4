/** What axe-core has against a screen. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Visitor } from "./visitor.ts";

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/** What is wrong on the screen that is shown, by people who know: rule, and where. */
export async function wrongOn({ page }: Visitor): Promise<string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(AXE);
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: it is there since the line above
    const { violations } = await (globalThis as any).axe.run({ resultTypes: ["violations"] });
    return violations
      .filter(({ impact }: { impact: string }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }: { id: string; nodes: { html: string }[] }) => `${id}: ${nodes[0]!.html}`);
  });
}
