/** `/admin/backup`: the embedded database, as `bun run restore` takes it. */
import { Readable } from "node:stream";
import { z } from "zod";
import type { Audit } from "../../store/audit.ts";
import type { Spool } from "../../store/backup/spool.ts";
import type { Call } from "../call.ts";
import { failure, later, SECURITY_HEADERS } from "../reply.ts";
import type { Gate } from "./gate.ts";

/** Seconds after which a backup under way may be over. */
const BUSY_SECONDS = 30;
/** Of a stream Bun sends no Content-Length. */
export const LENGTH_HEADER = "X-Backup-Bytes";

export function backupCall(gate: Gate, spool: Spool, audit: Audit): Call {
  return gate.act({
    path: "/admin/backup",
    summary: "The whole embedded database. While it is read, what needs the database waits.",
    methods: ["POST"],
    arguments: z.object({}),
    async answer(_, actor, { request, server }) {
      if (!spool.isHere) {
        return failure("not_found", "the database is PostgreSQL: run bun run backup where DATABASE_URL is known");
      }
      // Nothing is sent before it is written.
      server.timeout(request, 0);
      const spooled = await spool.take();
      if (spooled === "busy") return later("unavailable", "a backup is under way", BUSY_SECONDS);
      await audit.write(actor, { act: "backup", detail: { bytes: spooled.bytes }, outcome: "done" });
      const body = Readable.toWeb(spooled.stream) as unknown as ReadableStream;
      return new Response(body, {
        headers: {
          ...SECURITY_HEADERS,
          "Content-Type": "application/gzip",
          "Cache-Control": "no-store",
          [LENGTH_HEADER]: String(spooled.bytes),
        },
      });
    },
  });
}
