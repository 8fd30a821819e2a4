/** `bun run chat`: a person at a terminal. */
import { createInterface } from "node:readline";
import { Polyge, PolygeError } from "../../client/index.ts";
import { runCommand } from "../command/command.ts";
import { type Arguments, HELP, readArguments } from "./arguments.ts";
import { askPassword } from "./password.ts";
import { Talk } from "./talk.ts";
import { shownSocket } from "./wire.ts";

/** Longest that leaving waits for the server's answers, in ms. */
const LEAVE_MS = 5000;

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function chat({ name, url, to, register, teacher, plain, hex }: Arguments): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY });
  // Listens from now on, so that no line is missed while the server is asked.
  const input = lines[Symbol.asyncIterator]();
  const pwd = process.env["CHAT_PASSWORD"] ?? (await askPassword(lines));
  const server = new Polyge(url, hex ? { WebSocket: shownSocket(print) } : {});
  const person = { uname: name, pwd, gender: 1, language: 0, occup: "-", user_type: teacher ? 2 : 1 } as const;
  const session = await (register ? server.register(person) : server.login(name, pwd));
  const connection = await server.connect(session, { mode: plain ? "plain" : "auto" });
  print(`* ${session.uname} is user ${session.uid}; connected (${connection.state})`);
  connection.on("closed", (error) => {
    if (error) refuse(error);
  });

  const talk = new Talk(server, connection, to, print);
  for await (const line of input) if (!talk.line(line)) break;
  await Promise.race([talk.settled(), Bun.sleep(LEAVE_MS)]);
  connection.close();
  await server.logout(session).catch(() => {});
  process.exit(0);
}

function refuse({ code, message }: PolygeError): never {
  process.stderr.write(`${code}: ${message}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const wanted = readArguments(process.argv.slice(2));
  if (wanted) await chat(wanted);
  else process.stdout.write(HELP);
}

await runCommand("chat", main, (error) => {
  if (error instanceof PolygeError) refuse(error);
  return undefined;
});
