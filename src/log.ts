/** The log: one JSON object a line, or the same for people. In this process: a worker would lose the last lines. */
import pino, { type DestinationStream, type Logger } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

/** @param to where lines go; stdout by default */
export function openLog(level: string, format: "pretty" | "json", to?: DestinationStream): Logger {
  const options = { level, base: null };
  const stdout = () => pino.destination({ dest: 1, sync: true });
  if (format === "json") return pino(options, to ?? stdout());
  const lines = pretty({ translateTime: "SYS:HH:MM:ss.l", singleLine: true, sync: true, destination: to ?? 1 });
  return pino(options, lines);
}
