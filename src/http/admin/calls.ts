/** The calls of administrators. They are not in the public reference; where there is no token, they are not there at all. */
import { z } from "zod";
import type { Administration } from "../../accounts/administration.ts";
import type { Logger } from "../../log.ts";
import type { Relay } from "../../socket/relay.ts";
import { ACTS } from "../../store/audit.ts";
import type { Spool } from "../../store/backup/spool.ts";
import { StoreUnavailable } from "../../store/failures.ts";
import type { Call } from "../call.ts";
import { failure, success } from "../reply.ts";
import { limit, noSuchUser, number, user } from "./arguments.ts";
import { backupCall } from "./backup.ts";
import { Gate } from "./gate.ts";
import { userCalls } from "./users.ts";

/** @param bearer `ADMIN_TOKEN` */
export function adminCalls(
  administration: Administration,
  relay: Relay,
  spool: Spool,
  { bearer, log }: { bearer: string | undefined; log: Logger },
): Call[] {
  if (bearer === undefined) return [];
  const gate = new Gate(bearer, log);
  return [
    ...userCalls(gate, administration),
    ...tokenCalls(gate, administration),
    ...socketCalls(gate, administration, relay),
    ...mailboxCalls(gate, administration),
    ...serviceCalls(gate, administration, relay),
    backupCall(gate, spool, administration.audit),
  ];
}

function tokenCalls(gate: Gate, administration: Administration): Call[] {
  return [
    gate.look({
      path: "/admin/tokens",
      summary: "A user's live tokens, newest first.",
      methods: ["GET"],
      arguments: z.object({ user }),
      async answer({ user }) {
        const uid = await administration.uidOf(user);
        return uid === undefined ? noSuchUser() : success(await administration.overview.tokens(uid));
      },
    }),
    gate.act({
      path: "/admin/tokens/revoke",
      summary: "End one of a user's tokens, or all, with their sockets.",
      methods: ["POST"],
      arguments: z.object({ user, id: number.optional() }),
      async answer({ user, id }, actor) {
        const uid = await administration.uidOf(user);
        const ended = uid === undefined ? undefined : await administration.revoke(actor, uid, id);
        if (ended !== undefined) return success({ uid, tokens: ended });
        return id === undefined ? noSuchUser() : failure("not_found", "no such user, or no such token of the user's");
      },
    }),
  ];
}

function socketCalls(gate: Gate, administration: Administration, relay: Relay): Call[] {
  return [
    gate.look({
      path: "/admin/sockets",
      summary: "Open sockets on all nodes: a user's, or those longest open on each.",
      methods: ["GET"],
      arguments: z.object({ user: user.optional(), limit }),
      async answer({ user, limit }) {
        const uid = user === undefined ? undefined : await administration.uidOf(user);
        if (user !== undefined && uid === undefined) return noSuchUser();
        const known = await knownNodes(administration);
        const { reports, silent } = await relay.delivery.cluster.reports.gather(uid, limit, known);
        return success(
          reports.flatMap(({ list }) => list),
          silenceOf(silent),
        );
      },
    }),
    gate.act({
      path: "/admin/sockets/kick",
      summary: "Close a user's sockets on all nodes with 1013. The tokens stay: clients come back.",
      methods: ["POST"],
      arguments: z.object({ user }),
      async answer({ user }, actor) {
        const uid = await administration.uidOf(user);
        return uid !== undefined && (await administration.kick(actor, uid)) ? success({ uid }) : noSuchUser();
      },
    }),
  ];
}

/** Without the database it is not known who should answer: who does is listed all the same. */
async function knownNodes({ overview }: Administration): Promise<string[]> {
  try {
    return await overview.nodes();
  } catch (error) {
    if (error instanceof StoreUnavailable) return [];
    throw error;
  }
}

/** What an answer lacks. */
const silenceOf = (nodes: readonly string[]): string =>
  nodes.length > 0 ? `without ${nodes.join(", ")}: no answer` : "";

function mailboxCalls(gate: Gate, administration: Administration): Call[] {
  return [
    gate.look({
      path: "/admin/mailbox",
      summary: "What waits for a user, by sender.",
      methods: ["GET"],
      arguments: z.object({ user, limit }),
      async answer({ user, limit }) {
        const uid = await administration.uidOf(user);
        return uid === undefined ? noSuchUser() : success(await administration.overview.mailbox(uid, limit));
      },
    }),
    gate.act({
      path: "/admin/mailboxes/purge",
      summary: "Delete what waits for a user.",
      methods: ["POST"],
      arguments: z.object({ user }),
      async answer({ user }, actor) {
        const uid = await administration.uidOf(user);
        const purged = uid === undefined ? undefined : await administration.purge(actor, uid);
        return purged ? success({ uid, ...purged }) : noSuchUser();
      },
    }),
  ];
}

function serviceCalls(gate: Gate, administration: Administration, relay: Relay): Call[] {
  return [
    gate.look({
      path: "/admin/stats",
      summary: "Totals, and the nodes that answer.",
      methods: ["GET"],
      arguments: z.object({}),
      async answer() {
        const known = await administration.overview.nodes();
        const [totals, { reports, silent }] = await Promise.all([
          administration.overview.totals(),
          relay.delivery.cluster.reports.gather(undefined, 0, known),
        ]);
        return success({ totals, nodes: reports.map(({ list: _, ...node }) => node) }, silenceOf(silent));
      },
    }),
    gate.look({
      path: "/admin/audit",
      summary: "What administrators did, newest first.",
      methods: ["GET"],
      arguments: z.object({
        act: z.enum(ACTS, `must be one of ${ACTS.join(", ")}`).optional(),
        subject: number.optional(),
        before: number.optional(),
        limit,
      }),
      answer: async (filter) => success(await administration.audit.list(filter)),
    }),
  ];
}
