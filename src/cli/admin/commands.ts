/** The commands: which call each makes, and how its answer is shown. */
import { type Answer, say, table } from "./tables.ts";

export interface Command {
  readonly words: readonly [noun: string, verb: string] | readonly [noun: string];
  readonly says: string;
  readonly path: string;
  readonly method: "GET" | "POST";
  /** What follows the words. */
  readonly user?: "required" | "optional";
  /** Options beside those that every command takes. */
  readonly options?: readonly OptionName[];
  /** Needs `--yes`. */
  readonly final?: true;
  /** Sends a password: drawn here, or read. */
  readonly password?: true;
  /** The answer is a document of its own, passed on as it comes. */
  readonly document?: true;
  show(answer: Answer): string;
}

/** Options of single commands, with the argument that each becomes. */
export const OPTIONS = {
  after: { type: "string", says: "only uids above this one" },
  prefix: { type: "string", says: "only names that begin so" },
  disabled: { type: "boolean", says: "only users who are locked out" },
  limit: { type: "string", says: "rows at most, 1 to 1000; default 100" },
  id: { type: "string", says: "only this token" },
  act: { type: "string", says: "only this act, such as users.disable" },
  subject: { type: "string", says: "only what concerned this uid" },
  before: { type: "string", says: "only rows with a smaller id: the next page" },
} as const;
export type OptionName = keyof typeof OPTIONS;

const ended = ({ uid, tokens }: Answer, done: string) => say(`user ${uid} ${done}; ${tokens} tokens ended`);

export const COMMANDS: readonly Command[] = [
  {
    words: ["users", "list"],
    says: "accounts in the order of uid",
    path: "/admin/users",
    method: "GET",
    options: ["after", "prefix", "disabled", "limit"],
    show: (rows) => table(rows, ["uid", "uname", "userType", "createdAt", "disabledAt"]),
  },
  {
    words: ["users", "show"],
    says: "one account",
    path: "/admin/user",
    method: "GET",
    user: "required",
    show: ({ mailbox, ...user }) =>
      table(Object.entries({ ...user, mailboxFrames: mailbox.frames, mailboxBytes: mailbox.bytes })),
  },
  {
    words: ["users", "disable"],
    says: "lock a user out: no login; tokens and sockets end",
    path: "/admin/users/disable",
    method: "POST",
    user: "required",
    show: (answer) => ended(answer, "is disabled"),
  },
  {
    words: ["users", "enable"],
    says: "let a user in again",
    path: "/admin/users/enable",
    method: "POST",
    user: "required",
    show: ({ uid }) => say(`user ${uid} is enabled`),
  },
  {
    words: ["users", "reset-password"],
    says: "set a password, drawn and shown once, or read (--stdin)",
    path: "/admin/users/reset-password",
    method: "POST",
    user: "required",
    password: true,
    show: (answer) => ended(answer, "has a new password"),
  },
  {
    words: ["users", "delete"],
    says: "delete an account and all that belongs to it; needs --yes",
    path: "/admin/users/delete",
    method: "POST",
    user: "required",
    final: true,
    show: (answer) => ended(answer, "is deleted"),
  },
  {
    words: ["users", "export"],
    says: "all that the database holds about one account, as JSON",
    path: "/admin/users/export",
    method: "POST",
    user: "required",
    document: true,
    show: () => "",
  },
  {
    words: ["tokens", "list"],
    says: "a user's live tokens, newest first",
    path: "/admin/tokens",
    method: "GET",
    user: "required",
    show: (rows) => table(rows, ["id", "clientId", "createdAt", "expiresAt"]),
  },
  {
    words: ["tokens", "revoke"],
    says: "end a user's tokens and their sockets",
    path: "/admin/tokens/revoke",
    method: "POST",
    user: "required",
    options: ["id"],
    show: ({ uid, tokens }) => say(`user ${uid}: ${tokens} tokens ended`),
  },
  {
    words: ["sockets", "list"],
    says: "open sockets on all nodes, those longest open first",
    path: "/admin/sockets",
    method: "GET",
    user: "optional",
    options: ["limit"],
    show: (rows) => table(rows, ["node", "uid", "token", "v2", "openSeconds", "quietSeconds", "backlogBytes"]),
  },
  {
    words: ["sockets", "kick"],
    says: "close a user's sockets on all nodes; clients come back",
    path: "/admin/sockets/kick",
    method: "POST",
    user: "required",
    show: ({ uid }) => say(`user ${uid}: sockets are closed`),
  },
  {
    words: ["mailboxes", "show"],
    says: "what waits for a user, by sender",
    path: "/admin/mailbox",
    method: "GET",
    user: "required",
    options: ["limit"],
    show: ({ senders, ...totals }) =>
      table(Object.entries(totals)) +
      (senders.length > 0 ? `\n${table(senders, ["sender", "frames", "bytes", "oldest"])}` : ""),
  },
  {
    words: ["mailboxes", "purge"],
    says: "delete what waits for a user; needs --yes",
    path: "/admin/mailboxes/purge",
    method: "POST",
    user: "required",
    final: true,
    show: ({ uid, frames, bytes }) => say(`user ${uid}: ${frames} frames (${bytes} bytes) are deleted`),
  },
  {
    words: ["stats"],
    says: "totals, and the nodes; who does not answer is named",
    path: "/admin/stats",
    method: "GET",
    show: ({ totals, nodes }) =>
      `${table(Object.entries(totals))}\n${table(nodes, ["node", "uptimeSeconds", "sockets", "usersOnline", "residentBytes", "unconfirmedBytes", "queuedFrames"])}`,
  },
  {
    words: ["audit", "list"],
    says: "what administrators did, newest first",
    path: "/admin/audit",
    method: "GET",
    options: ["act", "subject", "before", "limit"],
    show: (rows) => table(rows, ["id", "at", "actor", "address", "act", "subject", "detail", "outcome"]),
  },
];
