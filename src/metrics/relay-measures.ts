/** Sockets, frames and mailboxes: what the relay and delivery count. */
import { by } from "./measure.ts";
import type { Group } from "./sources.ts";

export const SOCKETS: Group = [
  {
    name: "polyge_sockets",
    type: "gauge",
    help: "Open sockets",
    read: ({ relay }) => relay.sockets,
  },
  {
    name: "polyge_sockets_limit",
    type: "gauge",
    help: "Sockets past which an upgrade gets 503 (MAX_CONNECTIONS)",
    read: ({ config }) => config.MAX_CONNECTIONS,
  },
  {
    name: "polyge_users_online",
    type: "gauge",
    help: "Users with an open socket; one with sockets on two nodes counts on both",
    read: ({ relay }) => relay.delivery.recipients.size,
  },
  {
    name: "polyge_sockets_opened_total",
    type: "counter",
    help: "Sockets opened",
    read: ({ relay }) => relay.opened,
  },
  {
    name: "polyge_sockets_closed_total",
    type: "counter",
    help: "Sockets that ended",
    labels: { code: "the WebSocket close code; other: one that only a client could choose" },
    read: ({ relay }) => by("code", relay.closes.counts),
  },
  {
    name: "polyge_sockets_evicted_total",
    type: "counter",
    help: "Sockets closed for keeping the server waiting; their frames were stored",
    labels: { reason: "behind: the backlog or the memory held for the user was full, or a pong overdue" },
    read: ({ relay }) => by("reason", { behind: relay.delivery.eviction.evicted }),
  },
];

export const FRAMES: Group = [
  {
    name: "polyge_frames_total",
    type: "counter",
    help: "Frames by what became of them; one frame can have several outcomes in turn",
    labels: {
      outcome:
        "accepted as sent (to sockets here), routed (to other nodes) or queued (for the mailbox); then confirmed " +
        "(by a client here), answered (by another node), stored (on disk); arrived (from another node), drained (from " +
        "the mailbox to a socket); refused as unknown_user, mailbox_full, unavailable (memory full), malformed, forged, " +
        "rate_limited",
    },
    read({ relay }) {
      const { counts, receipts, queue, drain } = relay.delivery;
      return by("outcome", {
        sent: counts.sent,
        routed: counts.routed,
        arrived: counts.arrived,
        answered: counts.answered,
        queued: counts.queued,
        drained: drain.frames,
        confirmed: receipts.confirmed,
        stored: queue.stored,
        unknown_user: counts.unknownUser,
        mailbox_full: counts.mailboxFull,
        unavailable: counts.refused,
        malformed: relay.intake.counts.malformed,
        forged: relay.intake.counts.forged,
        rate_limited: relay.intake.counts.rateLimited,
      });
    },
  },
  {
    name: "polyge_frame_bytes_total",
    type: "counter",
    help: "Bytes of frames, without WebSocket's own",
    labels: { direction: "in: taken from clients; out: written to sockets, once for each" },
    read: ({ relay }) =>
      by("direction", { in: relay.intake.counts.bytes, out: relay.delivery.flush.bytes + relay.delivery.drain.bytes }),
  },
  {
    name: "polyge_delivery_seconds",
    type: "histogram",
    help:
      "From taking a frame to having written it to its target's sockets; sampled: of the frames of one turn of the event " +
      "loop, the first, which waits longest, until the last is written",
    read: ({ relay }) => relay.delivery.flush.times,
  },
  {
    name: "polyge_confirmation_seconds",
    type: "histogram",
    help:
      "From taking a frame until its target's client has confirmed it; sampled: for each target the first frame after each " +
      "confirmation ping, one at a time, so those that wait longest",
    labels: { target: "here: connected to this node; elsewhere: to another" },
    read: ({ relay }) => [
      { labels: { target: "here" }, value: relay.delivery.receipts.times },
      { labels: { target: "elsewhere" }, value: relay.delivery.routes.times },
    ],
  },
  {
    name: "polyge_unconfirmed_bytes",
    type: "gauge",
    help: "Memory held by frames sent and not confirmed",
    read: ({ relay }) => relay.delivery.held.bytes,
  },
  {
    name: "polyge_unconfirmed_limit_bytes",
    type: "gauge",
    help: "Bytes that frames sent and not confirmed may hold; past it frames are refused (UNCONFIRMED_BYTES)",
    read: ({ config }) => config.UNCONFIRMED_BYTES,
  },
];

export const HISTORY: Group = [
  {
    name: "polyge_history_queue_frames",
    type: "gauge",
    help: "Frames that wait to be kept in the history; missing, like the others of it, where none is kept",
    read: ({ relay }) => relay.history?.frames,
  },
  {
    name: "polyge_history_queue_bytes",
    type: "gauge",
    help: "Memory held by frames that wait to be kept",
    read: ({ relay }) => relay.history?.bytes,
  },
  {
    name: "polyge_history_written_total",
    type: "counter",
    help: "Frames kept",
    read: ({ relay }) => relay.history?.written,
  },
  {
    name: "polyge_history_dropped_total",
    type: "counter",
    help: "Frames left out of the history, since the database did not keep up; delivered they were all the same",
    read: ({ relay }) => relay.history?.dropped,
  },
];

export const MAILBOXES: Group = [
  {
    name: "polyge_mailbox_queue_frames",
    type: "gauge",
    help: "Frames that wait to be stored",
    read: ({ relay }) => relay.delivery.queue.frames,
  },
  {
    name: "polyge_mailbox_queue_bytes",
    type: "gauge",
    help: "Memory held by frames that wait to be stored",
    read: ({ relay }) => relay.delivery.queue.bytes,
  },
  {
    name: "polyge_mailbox_queue_limit_bytes",
    type: "gauge",
    help: "Bytes that frames waiting to be stored may hold; past it frames are refused (MAILBOX_QUEUE_BYTES)",
    read: ({ config }) => config.MAILBOX_QUEUE_BYTES,
  },
  {
    name: "polyge_mailbox_flush_seconds",
    type: "histogram",
    help: "How long each batch for the mailboxes took in the database, with tries that failed",
    read: ({ relay }) => relay.delivery.queue.flushes,
  },
  {
    name: "polyge_mailbox_failing",
    type: "gauge",
    help: "1 while the database cannot store frames or read mailboxes",
    read: ({ relay }) => Number(relay.delivery.queue.failing),
  },
  {
    name: "polyge_mailbox_users",
    type: "gauge",
    help: "Users for whom frames wait in the database; the same from every node, read at most every 15 s, when scraped",
    read: ({ mailboxTotals }) => mailboxTotals.current()?.users,
  },
  {
    name: "polyge_mailbox_frames",
    type: "gauge",
    help: "Frames that wait in the database for their users; the same from every node, read at most every 15 s",
    read: ({ mailboxTotals }) => mailboxTotals.current()?.frames,
  },
  {
    name: "polyge_mailbox_bytes",
    type: "gauge",
    help: "Bytes of frames that wait in the database for their users; the same from every node, read at most every 15 s",
    read: ({ mailboxTotals }) => mailboxTotals.current()?.bytes,
  },
];
