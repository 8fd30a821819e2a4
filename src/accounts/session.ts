/** Who is behind a socket: a live token and its user. */
export interface Session {
  /** The token's row; it stays the same when the token is refreshed. */
  readonly tokenId: number;
  readonly uid: number;
}
