import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/store/database.ts";
import { StartError } from "../../src/store/failures.ts";
import { lockFolder } from "../../src/store/lock.ts";
import { allowForStarts } from "../support/services.ts";

allowForStarts();

const root = mkdtempSync(join(tmpdir(), "polyge-embedded-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("a folder is locked until it is released, also within one process", () => {
  const first = lockFolder(root);
  expect(first).toBeDefined();
  expect(lockFolder(root)).toBeUndefined();
  first!.release();
  const second = lockFolder(root);
  expect(second).toBeDefined();
  second!.release();
});

test("a first start that was killed half-way is begun again", async () => {
  const directory = join(root, "killed");
  mkdirSync(join(directory, "pglite"), { recursive: true });
  writeFileSync(join(directory, "pglite", "PG_VERSION"), "");
  writeFileSync(join(directory, "unfinished"), "");
  const database = await openDatabase({ directory });
  expect(await database.ping()).toBe(true);
  expect(existsSync(join(directory, "unfinished"))).toBe(false);
  await database.close();
});

test("files that cannot be opened are left alone and said to be so", async () => {
  const directory = join(root, "damaged");
  mkdirSync(join(directory, "pglite"), { recursive: true });
  writeFileSync(join(directory, "pglite", "PG_VERSION"), "9.6\n");
  const error = await openDatabase({ directory }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(StartError);
  expect((error as Error).message).toStartWith("DATA_DIR: cannot open the database in ");
  expect(existsSync(join(directory, "pglite", "PG_VERSION"))).toBe(true);
  // The lock was given back.
  expect(lockFolder(directory)).toBeDefined();
});
