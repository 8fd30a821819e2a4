/** The command line of `bun run admin`. */
import { parse as parseWords, WrongArguments } from "../command/command.ts";
import { COMMANDS, type Command, OPTIONS, type OptionName } from "./commands.ts";

const usage = ({ words, user }: Command) =>
  `${words.join(" ")}${user === "required" ? " USER" : user === "optional" ? " [USER]" : ""}`;

const optionLine = (name: OptionName) => {
  const of = COMMANDS.filter(({ options }) => options?.includes(name)).map(({ words }) => words.join(" "));
  return `  ${`--${name}${OPTIONS[name].type === "string" ? " X" : ""}`.padEnd(17)}${OPTIONS[name].says} (${of.join(", ")})`;
};

export const HELP = `Administers a running Polyge service, through any of its nodes.

  bun run admin COMMAND [options]

${COMMANDS.map((each) => `  ${usage(each).padEnd(28)}${each.says}`).join("\n")}

USER is a uid, or a name that is not all digits.

  --url URL        a node; default: ADMIN_URL, else http://localhost:8080
  --token-file F   the server's ADMIN_TOKEN, in a file; default: the variable ADMIN_TOKEN
  --as NAME        who you are, for the record; default: your name on this machine
  --json           the answer as JSON
  --yes            do what cannot be undone
  --stdin          read the password instead of drawing one
${(Object.keys(OPTIONS) as OptionName[]).map(optionLine).join("\n")}
  --help           this

Exit codes: 0 done, 1 refused or not reached, 2 wrong arguments.
`;

export interface Asked {
  readonly command: Command;
  /** Arguments of the call. */
  readonly args: Readonly<Record<string, string>>;
  readonly url: string | undefined;
  readonly tokenFile: string | undefined;
  readonly as: string | undefined;
  readonly json: boolean;
  readonly stdin: boolean;
}

/** @returns undefined: help is wanted. @throws WrongArguments */
export function readArguments(words: readonly string[]): Asked | undefined {
  const { values, positionals } = parse(words);
  if (values.help || positionals.length === 0) return undefined;
  const command = COMMANDS.find((each) => each.words.every((word, at) => positionals[at] === word));
  if (!command)
    throw new WrongArguments(`unknown command ${JSON.stringify(positionals.slice(0, 2).join(" "))}; see --help`);
  const args: Record<string, string> = {};
  const [user, ...more] = positionals.slice(command.words.length);
  if (more.length > 0 || (user !== undefined && !command.user)) {
    throw new WrongArguments(`${usage(command)} takes no ${JSON.stringify(more[0] ?? user)}`);
  }
  if (user === undefined && command.user === "required") throw new WrongArguments(`${usage(command)}: USER is missing`);
  if (user !== undefined) args["user"] = user;
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    const value = values[name];
    if (value === undefined) continue;
    if (!command.options?.includes(name)) throw new WrongArguments(`${usage(command)} takes no --${name}`);
    args[name] = String(value);
  }
  if (command.final && !values.yes) {
    throw new WrongArguments(`${usage(command)} cannot be undone: say --yes`);
  }
  if (values.stdin && !command.password) throw new WrongArguments(`${usage(command)} takes no --stdin`);
  const { url, as, json = false, stdin = false } = values;
  return { command, args, url, tokenFile: values["token-file"], as, json, stdin };
}

function parse(words: readonly string[]) {
  const flag = { type: "boolean" } as const;
  const text = { type: "string" } as const;
  return parseWords({
    args: [...words],
    allowPositionals: true,
    options: {
      ...OPTIONS,
      ...{ url: text, "token-file": text, as: text, json: flag, yes: flag, stdin: flag },
      help: { type: "boolean", short: "h" },
    },
  });
}
