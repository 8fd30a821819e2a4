/** `bun run admin`: an administrator at a terminal, or a script of theirs. */
import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { createInterface } from "node:readline";
import { askPassword } from "../chat/password.ts";
import { runCommand, WrongArguments } from "../command/command.ts";
import { type Asked, HELP, readArguments } from "./arguments.ts";
import { AdminServer, Refused } from "./server.ts";

/** Without those that look alike. 20 of them: 113 bits. */
const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const PASSWORD_LETTERS = 20;

const write = (text: string | Uint8Array) =>
  new Promise<void>((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));

async function tokenOf({ tokenFile }: Asked): Promise<string> {
  const token =
    tokenFile === undefined
      ? process.env["ADMIN_TOKEN"]
      : await readFile(tokenFile, "utf8").catch(() => {
          throw new WrongArguments(`--token-file: cannot read ${tokenFile}`);
        });
  if (!token?.trim()) throw new WrongArguments("set ADMIN_TOKEN to the server's, or name a file with --token-file");
  return token.trim();
}

const drawPassword = () => Array.from({ length: PASSWORD_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join("");

/** On a terminal what is typed is not shown. */
async function readPassword(): Promise<string> {
  const lines = createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: process.stdin.isTTY === true,
  });
  try {
    if (process.stdin.isTTY) return await askPassword(lines, process.stderr);
    for await (const line of lines) return line;
    throw new WrongArguments("--stdin: no password came");
  } finally {
    lines.close();
  }
}

async function run(asked: Asked): Promise<void> {
  const { command, json } = asked;
  const server = new AdminServer(
    asked.url ?? (process.env["ADMIN_URL"] || "http://localhost:8080"),
    await tokenOf(asked),
  );
  const args: Record<string, string> = { ...asked.args };
  if (command.method === "POST") args["as"] = asked.as ?? userInfo().username;
  if (command.document) return server.document(command.path, args, write);
  const drawn = command.password && !asked.stdin ? drawPassword() : undefined;
  if (command.password) args["pwd"] = drawn ?? (await readPassword());
  const { rs: answer, msg } = await server.call(command.path, command.method, args);
  if (msg) process.stderr.write(`admin: ${msg}\n`);
  if (json) await write(`${JSON.stringify(drawn ? { ...(answer as object), password: drawn } : answer, null, 2)}\n`);
  else await write(command.show(answer) + (drawn ? `password: ${drawn}\n` : ""));
}

async function main(): Promise<void> {
  const asked = readArguments(process.argv.slice(2));
  if (asked) await run(asked);
  else await write(HELP);
}

await runCommand("admin", main, (error) => (error instanceof Refused ? error.message : undefined));
