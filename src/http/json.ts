/** A JSON object's members with those that are given twice, which `JSON.parse` would silently drop. */

export interface JsonEntry {
  readonly name: string;
  readonly value: unknown;
}

/** @returns the members in order, a repeated name once for each time; or what is wrong with the text */
export function jsonEntries(text: string): JsonEntry[] | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return "the body is not valid JSON";
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return "the body must be a JSON object";
  const members = parsed as Record<string, unknown>;
  return namesOf(text).map((name) => ({ name, value: Object.hasOwn(members, name) ? members[name] : undefined }));
}

/** The names at depth 1, in a text that is known to be a valid JSON object. */
function namesOf(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    else if (char === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && isName(text, end)) names.push(JSON.parse(text.slice(at, end)) as string);
      at = end - 1;
    }
  }
  return names;
}

/** Where the string that starts at `at` is over: just past its closing quote. */
function endOfString(text: string, at: number): number {
  let end = at + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (" \t\r\n".includes(text[at]!)) at++;
  return text[at] === ":";
}
