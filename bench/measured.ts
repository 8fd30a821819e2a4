/** What a run of the bench leaves behind: a JSON file, from which the results are drawn and two runs compared. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { ConnectsResult } from "./parts/connects.ts";
import type { IdleResult } from "./parts/idle.ts";
import type { LoginsResult } from "./parts/logins.ts";
import type { OfflineResult } from "./parts/offline.ts";
import type { RelayResult } from "./parts/relay.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where the last run's file is. */
export const LATEST = fileURLToPath(new URL("./results/latest.json", import.meta.url));

/** Changes when older files can no longer be read. */
export const FORMAT = "polyge-bench/1";

export const PARTS = ["relay", "idle", "connects", "logins", "offline"] as const;
export type PartName = (typeof PARTS)[number];

export interface Parts {
  readonly relay?: RelayResult;
  readonly idle?: readonly IdleResult[];
  readonly connects?: readonly ConnectsResult[];
  readonly logins?: LoginsResult;
  readonly offline?: OfflineResult;
}

/** A figure by a yardstick's of the same run, which a slower machine moves as much. */
const ratio = z.object({ name: z.string(), value: z.number().positive(), better: z.enum(["higher", "lower"]) });
export type Ratio = z.infer<typeof ratio>;

export interface Measured extends Surroundings {
  readonly format: typeof FORMAT;
  readonly settings: Readonly<Record<string, unknown>>;
  /** What whoever measured says of it. */
  readonly note?: string | undefined;
  readonly parts: Parts;
  readonly ratios: readonly Ratio[];
}

/** A file that is not what it should be; the message is one line for the operator. */
export class FileError extends Error {}

/** What can be compared: the ratios alone. */
const comparable = z.object({ format: z.literal(FORMAT), ratios: z.array(ratio) });
/** What can be drawn; the parts are as this version wrote them. */
const drawable = comparable.extend({
  date: z.string(),
  commit: z.string(),
  machine: z.object({ cpu: z.string(), cores: z.number(), memoryBytes: z.number(), kernel: z.string() }),
  versions: z.record(z.string(), z.string()),
  settings: z.record(z.string(), z.unknown()),
  note: z.string().optional(),
  parts: z.record(z.enum(PARTS).or(z.string()), z.unknown()),
});

/** @throws FileError */
export async function readRatios(file: string): Promise<readonly Ratio[]> {
  return checked(comparable, file, await read(file)).ratios;
}

/** @throws FileError */
export async function readMeasured(file: string): Promise<Measured> {
  return checked(drawable, file, await read(file)) as unknown as Measured;
}

async function read(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new FileError(`${file} cannot be read (${error.code})`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new FileError(`${file} is not JSON`);
  }
}

function checked<T>(schema: z.ZodType<T>, file: string, value: unknown): T {
  const { format } = (value ?? {}) as { format?: unknown };
  if (format !== FORMAT) {
    const said = format === undefined ? "it has no format" : `its format is ${JSON.stringify(format)}`;
    throw new FileError(`${file} is not of a run of the bench: ${said}, not ${JSON.stringify(FORMAT)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new FileError(`${file}: ${path.join(".")}: ${message}`);
}
