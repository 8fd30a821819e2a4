/** The program in one file: the server, and under a word of its own each tool that an operator needs beside it. */
const TOOLS: Record<string, () => Promise<unknown>> = {
  admin: () => import("../../src/cli/admin/main.ts"),
  chat: () => import("../../src/cli/chat/main.ts"),
};

/** Put in by the build. */
declare const COMMIT: string;
process.env["GIT_COMMIT"] ||= COMMIT;

const tool = TOOLS[process.argv[2] ?? ""];
if (tool) process.argv.splice(2, 1);
await (tool ? tool() : import("../../src/main.ts"));

export {};
