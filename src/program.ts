/** The program that people install, whole: the server, and under a word of its own each tool that an operator needs. */
const TOOLS: Record<string, () => Promise<unknown>> = {
  admin: () => import("./cli/admin/main.ts"),
  backup: () => import("./cli/backup/main.ts"),
  chat: () => import("./cli/chat/main.ts"),
  restore: () => import("./cli/backup/restore.ts"),
};

const tool = TOOLS[process.argv[2] ?? ""];
if (tool) process.argv.splice(2, 1);
await (tool ? tool() : import("./main.ts"));

export {};
