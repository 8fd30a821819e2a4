import { PolygeError } from "../../client/index.ts";
import type { Words } from "../words/english.ts";

/** What the server has against each argument, by name: `/register: birth: must be …; phone: must be …`. */
export function wrongArguments(error: unknown, words: Words): Record<string, string> {
  if (!(error instanceof PolygeError) || error.code !== "bad_argument") return {};
  const parts = error.message.replace(/^\/\w+: /, "").split("; ");
  // The server's prose is English.
  const told = (what: string) => (words.tag === "en" ? what : words.errorField);
  return Object.fromEntries(
    parts.flatMap((part) => {
      const [, name, what] = /^(\w+): (.+)$/.exec(part) ?? [];
      return name && what ? [[name, told(what)]] : [];
    }),
  );
}
