/**
 * The closed sets of codes that clients act on. Messages are prose for people and may change; codes never do.
 */

/** `code` in the JSON body of a failed HTTP call. */
export const ERROR_STATUS = {
  /** 400: an argument is missing, malformed or given twice; `msg` names each. */
  bad_argument: 400,
  /** 401: the token is unknown, expired or another user's. */
  bad_token: 401,
  /** 403: the browser's Origin is not among `ALLOWED_ORIGINS`. */
  forbidden_origin: 403,
  /** 403: an administrator has disabled this account. Told only to who knows the password. */
  user_disabled: 403,
  /** 404: no such call. */
  not_found: 404,
  /** 405: the call exists, the method does not; see `Allow`. */
  method_not_allowed: 405,
  /** 409: somebody has this name. */
  uname_taken: 409,
  /** 413: the request body is larger than the server takes. */
  too_large: 413,
  /** 415: a body that is neither a form nor JSON. */
  unsupported_media_type: 415,
  /** 426: `/wsconn` without a WebSocket upgrade. */
  upgrade_required: 426,
  /** 429: a limit was reached; retry after `Retry-After` seconds. */
  too_many: 429,
  /** 500: a bug; the log has the detail. */
  internal: 500,
  /** 503: the database is away, the server is full or draining; retry after `Retry-After` seconds. */
  unavailable: 503,
  /** 200, as the user's document has it: no user of this name. */
  user_not_found: 200,
  /** 200, as the user's document has it: the password does not match. */
  password_error: 200,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/**
 * WebSocket close codes. 1xxx are RFC 6455 section 7.4.1; 4xxx are ours.
 * A client reconnects after 1001, 1006, 1012 and 1013, logs in again after 4001, and stops after the others.
 */
export const CLOSE = {
  /** The server is stopping: reconnect, to another node if there is one. */
  goingAway: 1001,
  /** A text message from a client that did not ask for `polyge.v2`. */
  unsupportedData: 1003,
  /** A frame with another sender's uid, the 16th malformed frame within a minute, or a client past its rate. */
  policyViolation: 1008,
  /** A frame larger than `MAX_FRAME_BYTES`. */
  messageTooBig: 1009,
  /** The server cannot take more right now: reconnect after a pause. Nothing that it accepted is lost. */
  tryAgainLater: 1013,
  /** The token behind this socket is dead (logout, pushed out by newer ones, ended by an administrator): log in again. */
  loggedOut: 4001,
  /** This user opened more than `MAX_SOCKETS_PER_USER` sockets; this was the oldest. */
  replaced: 4002,
} as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];
