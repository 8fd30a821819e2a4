/** The table of what administrators did. */
import { bigint, index, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./schema.ts";

export const audit = pgTable(
  "audit",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: instant("at").notNull().defaultNow(),
    /** Who, as the caller said. */
    actor: text("actor").notNull(),
    /** From which address. */
    address: text("address").notNull(),
    act: text("act").notNull(),
    /** The uid concerned. It outlives the user, so it refers to no row. */
    subject: bigint("subject", { mode: "number" }),
    /** What else was asked for and what came of it; never a secret. */
    detail: jsonb("detail").$type<AuditDetail>().notNull(),
    /** `done`, or why nothing was. */
    outcome: text("outcome").$type<AuditOutcome>().notNull(),
  },
  (t) => [index("audit_at").on(t.at), index("audit_subject").on(t.subject, t.id)],
);

export type AuditDetail = Readonly<Record<string, string | number | boolean>>;
export type AuditOutcome = "done" | "not_found";
