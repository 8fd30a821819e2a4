import type { Interface } from "node:readline";

/** Asks for a password; on a terminal what is typed is not shown. */
export function askPassword(lines: Interface, terminal: NodeJS.WriteStream = process.stdout): Promise<string> {
  // readline has no other way to keep quiet: https://github.com/nodejs/node/issues/30112
  const quiet = lines as Interface & { _writeToOutput?: (text: string) => void };
  return new Promise((resolve) => {
    lines.question("password: ", (answer) => {
      delete quiet._writeToOutput;
      terminal.write("\n");
      resolve(answer);
    });
    if (terminal.isTTY) quiet._writeToOutput = () => {};
  });
}
