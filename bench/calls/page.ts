/** docs/queries.md: each statement once, with the plan that it had. */
import type { Plan } from "./plans.ts";

const HEAD = `# Queries

The plan of every statement that the calls of users run, on PostgreSQL with USERS users. Written by \`bun run bench:calls\`,
which fails where a plan reads a table from end to end. Each statement is shown once, under the first call that ran it.
`;

/** A hash is nobody's to read, be it only the bench's. */
const shown = (line: string) => line.replaceAll(/'\$argon2[^']*'/g, "'…'");

const statement = (sql: string) => sql.replaceAll(/\s+/g, " ").trim();

export function queriesPage(found: readonly { name: string; plans: readonly Plan[] }[], users: number): string {
  const seen = new Set<string>();
  let text = HEAD.replace("USERS", users.toLocaleString("en"));
  for (const { name, plans } of found) {
    const fresh = plans.filter(({ sql }) => !seen.has(sql) && seen.add(sql));
    if (fresh.length === 0) continue;
    text += `\n## ${name}\n`;
    for (const { sql, lines } of fresh) {
      text += `\n\`\`\`sql\n${statement(sql)}\n\`\`\`\n\n\`\`\`text\n${lines.map(shown).join("\n")}\n\`\`\`\n`;
    }
  }
  return text;
}
