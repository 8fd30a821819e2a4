/** `/conversations`, `/history` and `/mark_read`: what was said, for clients that look back. */
import { z } from "zod";
import type { Tokens } from "../accounts/tokens.ts";
import type { ReadMarks } from "../delivery/read-marks.ts";
import type { Conversations, StoredMessage } from "../store/conversations.ts";
import { callAsUser } from "./as-user.ts";
import type { Call } from "./call.ts";
import { failure, success } from "./reply.ts";
import { whole } from "./schemas.ts";

const CONVERSATIONS = 20;
const MOST_CONVERSATIONS = 100;
const MESSAGES = 50;
const MOST_MESSAGES = 200;

const peer = whole(1, Number.MAX_SAFE_INTEGER, "The other user's number; one's own for notes to oneself");
const cursor = (description: string) => whole(0, Number.MAX_SAFE_INTEGER, description).optional();
const limit = (max: number, usual: number) => whole(1, max, `At most so many; ${usual} if not given`).optional();

const message = z.object({
  id: z.int().meta({ description: "Grows with every message of a conversation; every cursor is one of these" }),
  from: z.int(),
  to: z.int(),
  msg_id: z.string().meta({ description: "As in the frame, decimal" }),
  timestamp: z
    .union([z.int(), z.string()])
    .meta({ description: "As in the frame, by convention ms since 1970; decimal digits where it is above 2^53-1" }),
  data: z.base64(),
  stored_at: z.int().meta({ description: "By the database's clock, ms since 1970" }),
});
const next = z.int().nullable().meta({ description: "The cursor for what follows; null: that is all" });

const shown = ({ id, from, to, msgId, timestamp, data, storedAt }: StoredMessage): z.output<typeof message> => ({
  id,
  from,
  to,
  msg_id: String(msgId),
  timestamp: timestamp <= Number.MAX_SAFE_INTEGER ? Number(timestamp) : String(timestamp),
  data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"),
  stored_at: storedAt.getTime(),
});

const off = () => failure("not_found", "this server keeps no history: HISTORY_DAYS is 0");

/** @param conversations undefined, as `readMarks` is: no history is kept, and each call answers `not_found` */
export function conversationCalls(
  tokens: Tokens,
  conversations: Conversations | undefined,
  readMarks: ReadMarks | undefined,
): Call[] {
  const methods = ["GET", "POST"] as const;
  return [
    callAsUser(tokens, {
      path: "/conversations",
      summary: "One's conversations with their last message, newest first.",
      methods,
      arguments: z.object({
        cursor: cursor("`next` of the page before"),
        limit: limit(MOST_CONVERSATIONS, CONVERSATIONS),
      }),
      answers: z.object({
        conversations: z.array(
          z.object({
            peer: z.int(),
            unread: z.int().meta({ description: "Messages of the peer that were not marked as read" }),
            peer_read: z.int().nullable().meta({
              description: "The peer has read one's messages up to this id; null: none that is known",
            }),
            last: message,
          }),
        ),
        next,
      }),
      fails: ["not_found"],
      async answer(args, { uid }) {
        if (!conversations) return off();
        const page = await conversations.list(uid, args.cursor, args.limit ?? CONVERSATIONS);
        return success({
          conversations: page.found.map(({ peer, unread, peerRead, last }) => ({
            peer,
            unread,
            peer_read: peerRead || null,
            last: shown(last),
          })),
          next: page.next ?? null,
        });
      },
    }),
    callAsUser(tokens, {
      path: "/history",
      summary: "What was said with somebody: newest first, or with `after` oldest first.",
      methods,
      arguments: z.object({
        peer,
        before: cursor("Older than this id, newest first"),
        after: cursor("Newer than this id, oldest first; not together with before"),
        limit: limit(MOST_MESSAGES, MESSAGES),
      }),
      answers: z.object({ messages: z.array(message), next }),
      fails: ["not_found"],
      async answer(args, { uid }) {
        if (!conversations) return off();
        const { before, after, limit: most = MESSAGES } = args;
        if (before !== undefined && after !== undefined) {
          return failure("bad_argument", "after: must not be given together with before");
        }
        const page =
          after === undefined
            ? await conversations.before(uid, args.peer, before, most)
            : await conversations.after(uid, args.peer, after, most);
        return success({ messages: page.found.map(shown), next: page.next ?? null });
      },
    }),
    callAsUser(tokens, {
      path: "/mark_read",
      summary: "Mark what somebody wrote as read: all of it, or up to a message. The socket's `read` does the same.",
      methods,
      arguments: z.object({
        peer,
        msg_id: z
          .string()
          .regex(/^\d{1,20}$/, "must be a message id, decimal")
          .meta({ description: "As in the frame, decimal; not given: everything" })
          .optional(),
      }),
      changes: () => true,
      answers: z.literal(""),
      fails: ["not_found"],
      async answer(args, { uid }) {
        if (!readMarks) return off();
        await readMarks.mark(uid, args.peer, args.msg_id);
        return success("");
      },
    }),
  ];
}
