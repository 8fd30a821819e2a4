/** `/healthz`, `/readyz`, `/version`: the process as those see it who run it. */
import { z } from "zod";
import { type Call, call } from "./call.ts";
import { later, success } from "./reply.ts";

/** One thing that must be there before this node gets traffic. */
export interface Readiness {
  readonly name: string;
  ready(): boolean | Promise<boolean>;
}

export interface Version {
  readonly name: string;
  readonly version: string;
  /** The commit that this is built from; null where nobody knows. */
  readonly commit: string | null;
}

const RETRY_SECONDS = 2;
const nothing = z.object({});

export function stateCalls(version: Version, needs: readonly Readiness[]): Call[] {
  return [
    call({
      path: "/healthz",
      summary: "The process answers.",
      methods: ["GET"],
      arguments: nothing,
      answers: z.literal("ok"),
      fails: [],
      answer: () => success("ok"),
    }),
    call({
      path: "/readyz",
      summary: "The process has all that it needs and is not stopping.",
      methods: ["GET"],
      arguments: nothing,
      answers: z.literal("ready"),
      fails: ["unavailable"],
      async answer() {
        const states = await Promise.all(needs.map(async (need) => ((await need.ready()) ? undefined : need.name)));
        const missing = states.filter((name) => name !== undefined);
        if (missing.length === 0) return success("ready");
        return later("unavailable", `not ready: ${missing.join(", ")}`, RETRY_SECONDS);
      },
    }),
    call({
      path: "/version",
      summary: "Name, version and commit.",
      methods: ["GET"],
      arguments: nothing,
      answers: z.object({ name: z.string(), version: z.string(), commit: z.string().nullable() }),
      fails: [],
      answer: () => success(version),
    }),
  ];
}
