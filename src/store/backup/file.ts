/** A backup as a file: it has its name only once it is whole and on disk. */
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { BadBackup } from "../failures.ts";

/** What a file is called until it is whole. */
export const partial = (path: string): string => `${path}.partial`;

/** Compressed quickly: the texts are long, and somebody waits. */
const LEVEL = 3;

/** Runs `produce`, whose text goes to `sink`, compressed and as fast as that takes it. */
export async function writeCompressed<T>(
  sink: Writable,
  produce: (write: (text: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  const gzip = createGzip({ level: LEVEL });
  const piped = pipeline(gzip, sink);
  const broken = piped.then(
    () => new Promise<never>(() => {}),
    (error) => Promise.reject(error),
  );
  broken.catch(() => {});
  const write = async (text: string) => {
    if (gzip.write(text)) return;
    const drained = new Promise<void>((resolve) => gzip.once("drain", resolve));
    await Promise.race([drained, broken]);
  };
  try {
    const result = await Promise.race([produce(write), broken]);
    gzip.end();
    await piped;
    return result;
  } catch (error) {
    gzip.destroy();
    throw error;
  }
}

/** Fills a file, which only its owner may read. What was there under the name stays until the new one is whole and on disk. */
export async function writeFileWhole<T>(path: string, fill: (sink: Writable) => Promise<T>): Promise<T> {
  const unfinished = partial(path);
  try {
    const sink = createWriteStream(unfinished, { mode: 0o600 });
    const result = await fill(sink);
    await chmod(unfinished, 0o600);
    await sync(unfinished);
    await rename(unfinished, path);
    await sync(dirname(path));
    return result;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The lines of a compressed file. @throws BadBackup where it is none, or damaged */
export async function* linesOf(source: string | Readable): AsyncGenerator<string> {
  const input = typeof source === "string" ? createReadStream(source) : source;
  const gunzip = createGunzip();
  // Its failure comes out of `gunzip` as well.
  pipeline(input, gunzip).catch(() => {});
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  try {
    for await (const chunk of gunzip) {
      const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split("\n");
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (error) {
    throw readable(error);
  }
  if (rest !== "") yield rest;
}

function readable(error: unknown): unknown {
  const { code } = error as { code?: string };
  const damaged = code?.startsWith("Z_") || code === "ERR_ENCODING_INVALID_ENCODED_DATA";
  return damaged ? new BadBackup("the backup is damaged or cut off, or no backup at all") : error;
}
