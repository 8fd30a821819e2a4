/** The log: one JSON object a line, or the same for people. In this process: a worker would lose the last lines. */
import pino, { type DestinationStream, type Logger } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

/**
 * @param to where lines go; stdout by default
 * @param worker which of several processes writes, in every line; undefined: there is only one
 */
export function openLog(level: string, format: "pretty" | "json", to?: DestinationStream, worker?: number): Logger {
  const options = { level, base: worker === undefined ? null : { worker } };
  const stdout = () => pino.destination({ dest: 1, sync: true });
  if (format === "json") return pino(options, to ?? stdout());
  const lines = pretty({ translateTime: "SYS:HH:MM:ss.l", singleLine: true, sync: true, destination: to ?? 1 });
  return pino(options, lines);
}
