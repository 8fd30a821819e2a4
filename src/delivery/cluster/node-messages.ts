/** What nodes say to each other beside frames. JSON text; README.md in this folder says who sends what when. */
import { z } from "zod";
import type { ServerMessage } from "../../protocol/messages.ts";

const node = z.string();
const route = z.int();
/** Counts frames of a route. */
const seq = z.int().nonnegative();
/** Pairs of a route and a sequence number. */
const seqs = z.array(seq);
const uid = z.int();
/** When a user's sockets on a node were opened, oldest first, in ms since 1970. */
const opened = z.array(z.number());

/** To every node that a user has a socket on. */
const toUser = z.discriminatedUnion("t", [
  z.object({ t: z.literal("find"), node, route, from: seq }),
  z.object({ t: z.literal("who"), node, opened }),
  z.object({ t: z.literal("left"), node }),
  z.object({ t: z.literal("mail") }),
  z.object({
    t: z.literal("pass"),
    message: z.custom<ServerMessage>((value) => typeof value === "object" && value !== null),
  }),
  /** A token that is no good any more: the key that it is cached under, and its id where it died. */
  z.object({ t: z.literal("token"), key: z.string(), died: z.optional(z.int()) }),
  /** Somebody has blocked the user, or does so no longer: the database says who. */
  z.object({ t: z.literal("blocks") }),
  z.object({ t: z.literal("online?"), node }),
  /** An administrator closes the user's sockets. */
  z.object({ t: z.literal("kick") }),
]);

/** One node as it sees itself. */
const nodeReport = z.object({
  node,
  uptimeSeconds: z.number(),
  sockets: z.int(),
  usersOnline: z.int(),
  residentBytes: z.number(),
  unconfirmedBytes: z.number(),
  queuedFrames: z.int(),
  /** Where sockets were asked for, those longest open. */
  list: z.array(
    z.object({
      node,
      uid,
      token: z.int(),
      v2: z.boolean(),
      openSeconds: z.number(),
      quietSeconds: z.number(),
      backlogBytes: z.number(),
    }),
  ),
});

/** To one node, or to all. */
const toNode = z.discriminatedUnion("t", [
  z.object({ t: z.literal("here"), node, route }),
  /** Pairs of a route and the sequence number before which its frames are confirmed. */
  z.object({ t: z.literal("answers"), node, routes: seqs }),
  /** A sign of life, and pairs of a route and the sequence number before which its frames were sent a while ago. */
  z.object({ t: z.literal("beat"), node, sent: seqs }),
  /** The connection was away, and every route with it; what happened meanwhile was said to nobody. */
  z.object({ t: z.literal("reset"), node }),
  z.object({ t: z.literal("gone"), node, route }),
  z.object({ t: z.literal("stranger"), node, route }),
  z.object({ t: z.literal("end"), node, route }),
  /** With the keys of the routes on which the node takes frames for the user; older versions say none. */
  z.object({ t: z.literal("also"), node, uid, opened, routes: z.optional(z.array(z.string())) }),
  z.object({ t: z.literal("replace"), node, uid, upTo: z.number() }),
  z.object({ t: z.literal("online"), node, uid }),
  /** What are you, and which sockets do you have? Of one user or of all, so many at most. */
  z.object({ t: z.literal("report?"), node, id: z.int(), of: z.optional(uid), limit: z.int() }),
  z.object({ t: z.literal("report"), node, id: z.int(), report: nodeReport }),
]);

export type ToUser = z.infer<typeof toUser>;
export type ToNode = z.infer<typeof toNode>;
export type NodeReport = z.infer<typeof nodeReport>;
export type SocketReport = NodeReport["list"][number];

/** undefined where it is none of these: a newer version's, which an older node lets pass. */
function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export const parseToUser = (text: string): ToUser | undefined => parse(toUser, text);
export const parseToNode = (text: string): ToNode | undefined => parse(toNode, text);
