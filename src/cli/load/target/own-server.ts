/** A server to test where none is named: a process of its own, on an embedded database in a folder that is deleted again. */

import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Login } from "../engine/connection.ts";
import { readAccounts } from "./accounts.ts";

const SERVER = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const ACCOUNTS = fileURLToPath(new URL("../../accounts/main.ts", import.meta.url));
const START_MS = 30_000;
/** A server stops within 10 s. */
const STOP_MS = 12_000;

export interface OwnServer extends AsyncDisposable {
  /** ws://127.0.0.1:port/wsconn */
  readonly url: string;
  readonly pid: number;
  readonly logins: readonly Login[];
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
}

/** @throws Error where the accounts cannot be made, or the server does not start; nothing stays behind */
export async function startOwnServer(accounts: number): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), "polyge-load-"));
  const clean = () => rm(folder, { recursive: true, force: true });
  // Where the program ends before its time.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  try {
    const logins = await makeAccounts(folder, accounts);
    const server = await start(join(folder, "data"));
    return {
      ...server,
      logins,
      async [Symbol.asyncDispose]() {
        await server.stop();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

async function makeAccounts(folder: string, count: number): Promise<readonly Login[]> {
  const file = join(folder, "accounts");
  const words = ["--count", String(count), "--out", file, "--data-dir", join(folder, "data")];
  const maker = Bun.spawn([process.execPath, ACCOUNTS, ...words], { stdio: ["ignore", "ignore", "inherit"] });
  if ((await maker.exited) !== 0) throw new Error("no accounts could be made");
  return readAccounts(file, count);
}

async function start(directory: string) {
  const child = Bun.spawn([process.execPath, SERVER], {
    // An empty variable counts as unset: what the surroundings say is another service's.
    env: {
      ...process.env,
      HOST: "127.0.0.1",
      PORT: "0",
      WORKERS: "1",
      DATABASE_URL: "",
      NATS_URL: "",
      DATA_DIR: directory,
      METRICS_TOKEN: "",
      TLS_CERT: "",
      TLS_KEY: "",
      // The limit counts each frame all the same; a loop on few sockets is just not to reach it.
      MESSAGE_RATE: "10000000",
      MESSAGE_BURST: "10000000",
      LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "pipe", "inherit"],
    // Not in the terminal's group: an interrupt from the keyboard ends the run, and the server only after the report.
    detached: true,
  });
  process.on("exit", () => child.kill("SIGKILL"));
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await child.exited;
    clearTimeout(timer);
  };
  const ended = child.exited.then((code) => `the server ended, with ${child.signalCode ?? code}`);
  const timer = setTimeout(() => child.kill("SIGKILL"), START_MS);
  try {
    const port = await printedPort(child.stdout);
    return { url: `ws://127.0.0.1:${port}/wsconn`, pid: child.pid, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The port of the URL that the server prints. What it prints later is read and dropped. */
async function printedPort(output: ReadableStream<Uint8Array>): Promise<string> {
  const reader = output.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the server did not start");
    text += decoder.decode(value, { stream: true });
    const port = /https?:\/\/[^\s:]+:(\d+)\s/.exec(text)?.[1];
    if (port === undefined) continue;
    const drop = async () => {
      while (!(await reader.read()).done);
    };
    drop().catch(() => {});
    return port;
  }
}
