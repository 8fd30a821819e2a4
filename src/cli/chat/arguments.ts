import { parse as parseWords, WrongArguments } from "../command/command.ts";

export const HELP = `Talks to people on a Polyge server, and shows what becomes of each message.

  bun run chat NAME [options]

  --register      make the account first: a student, or a teacher with --teacher
  --to UID        whom to talk to; /to UID changes it
  --url URL       the server; default http://localhost:8080
  --plain         without polyge.v2: no message states, no presence
  --hex           show all that crosses the wire, frames by field
  --help          this

The password is asked for, or taken from CHAT_PASSWORD.

What you write goes to the one you talk to, line by line. A line that begins with / is a command:

  /to UID         talk to this user
  /find [PART]    show users whose names hold this part, those who are online first
  /who UID...     show who these are, and who of them comes and goes from now on
  /away UID...    no more of that
  /block UID      hear nothing more from this user; /unblock UID takes it back
  /read           tell the last one who wrote that you have read it
  /help           these commands
  /quit           leave

Where the input ends, it leaves as soon as the server answers for every message. Exit codes: 0 left, 1 refused or closed
by the server, 2 wrong arguments.
`;

export interface Arguments {
  readonly name: string;
  readonly url: string;
  readonly to: number | undefined;
  readonly register: boolean;
  readonly teacher: boolean;
  readonly plain: boolean;
  readonly hex: boolean;
}

/** @returns undefined: help is wanted. @throws WrongArguments */
export function readArguments(words: string[]): Arguments | undefined {
  const { values, positionals } = parse(words);
  if (values.help) return undefined;
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new WrongArguments("give one NAME; --help says more");
  const url = values.url ?? "http://localhost:8080";
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new WrongArguments(`--url: no http or https URL: ${url}`);
  const to = values.to === undefined ? undefined : uidOf(values.to);
  if (values.to !== undefined && to === undefined) throw new WrongArguments(`--to: no uid: ${values.to}`);
  const { register = false, teacher = false, plain = false, hex = false } = values;
  return { name, url, to, register, teacher, plain, hex };
}

/** @returns undefined where it is none: 1 to 2^53-1 */
export function uidOf(word: string): number | undefined {
  const uid = /^\d{1,16}$/.test(word) ? Number(word) : 0;
  return Number.isSafeInteger(uid) && uid > 0 ? uid : undefined;
}

function parse(args: string[]) {
  const flag = { type: "boolean" } as const;
  const text = { type: "string" } as const;
  return parseWords({
    args,
    allowPositionals: true,
    options: { register: flag, teacher: flag, plain: flag, hex: flag, help: flag, to: text, url: text },
  });
}
