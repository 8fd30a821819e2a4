/** The program in one file. */

/** Put in by the build. */
declare const COMMIT: string;
process.env["GIT_COMMIT"] ||= COMMIT;

await import("../../src/program.ts");

export {};
