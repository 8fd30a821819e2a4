/** An attack in a process of its own, so that honest clients are not held up by it but by the server alone. */
import { fileURLToPath } from "node:url";
import type { Address, Login } from "../faults/harness/wire.ts";
import type { Attack } from "./attack.ts";
import { ATTACKS } from "./attacks/all.ts";

interface Orders {
  readonly attack: string;
  readonly at: Address;
  readonly logins: readonly Login[];
  readonly seconds: number;
  readonly share: number;
  readonly awaited: readonly string[];
}

/** Longest that an attacker may take to start and to end, in ms. */
const SLACK_MS = 20_000;

/**
 * @param awaited the attack goes on until each of these has come of it: a busy machine takes longer over what is refused
 * @param at with an address to come from, so that limits that go by it leave honest clients alone
 * @returns what came of it, by what it was, once it is over
 */
export async function attackFor(
  attack: Attack,
  at: Address,
  logins: readonly Login[],
  { seconds, share }: { seconds: number; share: number },
  awaited: readonly string[] = [],
): Promise<Map<string, number>> {
  const orders: Orders = { attack: attack.name, at, logins, seconds, share, awaited };
  const child = Bun.spawn([process.execPath, fileURLToPath(import.meta.url), JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: seconds * 1000 + SLACK_MS,
    killSignal: "SIGKILL",
  });
  const text = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`the attacker ended with ${child.exitCode ?? child.signalCode}`);
  return new Map(JSON.parse(text));
}

async function obey({ attack, at, logins, seconds, share, awaited }: Orders): Promise<void> {
  const counts = new Map<string, number>();
  const missing = new Set(awaited);
  const { promise: came, resolve } = Promise.withResolvers<void>();
  if (missing.size === 0) resolve();
  // Time: how long the attack lasts.
  const end = Promise.all([Bun.sleep(seconds * 1000), came]).then(() => {});
  const state = { over: false };
  void end.then(() => {
    state.over = true;
  });
  await ATTACKS.find(({ name }) => name === attack)!.run({
    at,
    logins,
    share,
    end,
    get over() {
      return state.over;
    },
    count(what, times = 1) {
      counts.set(what, (counts.get(what) ?? 0) + times);
      if (missing.delete(what) && missing.size === 0) resolve();
    },
  });
  process.stdout.write(JSON.stringify([...counts]), () => process.exit(0));
}

if (import.meta.main) await obey(JSON.parse(process.argv[2]!));
