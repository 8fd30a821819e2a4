/** The server as a process of its own. */
import { join } from "node:path";
import { createEmbedded } from "./databases.ts";
import { BARE_ENVIRONMENT } from "./engine.ts";

export const MAIN = join(import.meta.dir, "../../src/main.ts");

type Environment = Record<string, string>;

/** Starts a command that is the server, with nothing of this process's environment but the PATH. */
export const spawnServer = (command: readonly string[], environment: Environment, cwd?: string) =>
  Bun.spawn([...command], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...BARE_ENVIRONMENT, HOST: "127.0.0.1", PORT: "0", DATA_DIR: "memory://", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });

/** Resolves when it says its URL. */
export async function untilListening<T extends ReturnType<typeof spawnServer>>(child: T) {
  let out = "";
  for await (const chunk of child.stdout) {
    out += Buffer.from(chunk).toString();
    const url = /listens on (\S+)/.exec(out)?.[1];
    if (url) return { child, url };
  }
  throw new Error(`did not start: ${await child.stderr.text()}`);
}

/** The same, of this checkout, on a fresh embedded database where none is given. */
export async function startProcess(environment: Environment) {
  const { DATABASE_URL, DATA_DIR } = environment;
  const place = (DATABASE_URL ?? DATA_DIR) === undefined ? { DATA_DIR: await createEmbedded() } : {};
  return untilListening(spawnServer([process.execPath, MAIN], { ...place, ...environment }));
}
