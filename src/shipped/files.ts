/**
 * Files that come along with the code, as a checkout or a package has them. The program in one file has a module of the same
 * shape in this one's place, whose files are inside the program: scripts/standalone.
 */
import { fileURLToPath } from "node:url";
import type { PGliteOptions } from "@electric-sql/pglite";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The folder of the committed migrations. */
export const migrations = (): string => at("../../drizzle");

/** @param name languages_cn.json, languages_en.json, locations_cn.json or locations_en.json */
export const catalogueFile = (name: string): string => at(`../catalogues/data/${name}`);

/** @param name of a file in `swagger-ui-dist` */
export const swaggerFile = (name: string): string => fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`));

/** What PGlite must be told to find its own files; nothing where it lies beside them. */
export const pgliteFiles = async (): Promise<PGliteOptions> => ({});

/** What the watchdog's thread runs. */
export const watchdogThread = (): string => at("../watchdog.ts");

/** How to start this program once more: arguments follow. */
export const ownCommand = (): string[] => [process.execPath, ...process.execArgv, Bun.main];
