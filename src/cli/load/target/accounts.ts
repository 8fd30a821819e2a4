/** Accounts for a service that is running already: read from a file, or registered over HTTP. */
import { readFile } from "node:fs/promises";
import { ArgumentError } from "../arguments.ts";
import type { Login } from "../engine/connection.ts";

/** Registrations under way at once: each costs the server an argon2 hash, and past its queue it says "busy". */
const AT_ONCE = 16;
const REQUEST_MS = 30_000;
const ATTEMPTS = 5;

/**
 * The first `count` accounts of a file with lines of uid, a tab, token.
 * @throws ArgumentError naming the line that is wrong, or how many are missing
 */
export async function readAccounts(file: string, count: number): Promise<Login[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new ArgumentError(`--accounts: ${file} cannot be read (${error.code})`);
  });
  const logins: Login[] = [];
  const lines = text.split("\n");
  for (let line = 0; line < lines.length && logins.length < count; line++) {
    if (lines[line]!.trim() === "") continue;
    const [uid, token, more] = lines[line]!.trim().split("\t");
    if (!/^[1-9]\d{0,15}$/.test(uid!) || !/^\d{32}$/.test(token ?? "") || more !== undefined) {
      throw new ArgumentError(`--accounts: line ${line + 1} of ${file} is not uid, a tab, token`);
    }
    logins.push({ uid: Number(uid), token: token! });
  }
  if (logins.length < count) {
    throw new ArgumentError(`--accounts: ${file} has ${logins.length} accounts, ${count} are needed`);
  }
  if (new Set(logins.map(({ uid }) => uid)).size < count) {
    throw new ArgumentError(`--accounts: ${file} names a user twice`);
  }
  return logins;
}

export interface Registrar {
  /** http(s)://host:port */
  readonly url: string;
  readonly insecure: boolean;
  /** Called after each. */
  readonly registered: (sofar: number) => void;
}

/**
 * Registers users with names of their own, each logged in by the ticket that registration hands out.
 * @throws Error in one line where the service does not take them
 */
export async function registerAccounts(registrar: Registrar, count: number): Promise<Login[]> {
  const run = crypto.randomUUID().slice(0, 8);
  const logins: Login[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      logins.push(await register(registrar, `load-${run}-${next++}`));
      registrar.registered(logins.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
  return logins;
}

async function register(registrar: Registrar, uname: string): Promise<Login> {
  for (let attempt = 1; ; attempt++) {
    const response = await post(registrar, uname);
    if (response.ok) {
      const { Result } = (await response.json()) as { Result?: { uid?: unknown; token?: unknown } };
      if (typeof Result?.token === "string") return { uid: Number(Result.uid), token: Result.token };
      throw new Error(`${registrar.url} did not log a new user in: is it Polyge?`);
    }
    const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
    if (response.status === 429) {
      throw new Error(
        `${registrar.url} takes no more registrations from this address for ${wait} s: use --accounts, or set REGISTRATIONS`,
      );
    }
    if (response.status !== 503 || attempt === ATTEMPTS) {
      throw new Error(`${registrar.url} refused a registration, with HTTP status ${response.status}`);
    }
    await Bun.sleep((Number.isFinite(wait) ? wait : 1) * 1000);
  }
}

async function post({ url, insecure }: Registrar, uname: string): Promise<Response> {
  const pwd = crypto.randomUUID();
  const fields = { uname, pwd, gender: "1", language: "0", occup: "load test", user_type: "1" };
  try {
    return await fetch(`${url}/register`, {
      method: "POST",
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(REQUEST_MS),
      tls: { rejectUnauthorized: !insecure },
    });
  } catch (error) {
    throw new Error(`${url} cannot be reached: ${(error as Error).message}`);
  }
}
