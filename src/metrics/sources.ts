import type { Passwords } from "../accounts/passwords.ts";
import type { Tokens } from "../accounts/tokens.ts";
import type { Broker } from "../broker/broker.ts";
import type { CertificateFiles } from "../certificate.ts";
import type { Config } from "../config.ts";
import type { MailboxTotals } from "../delivery/mailbox-totals.ts";
import type { Relay } from "../socket/relay.ts";
import type { Database } from "../store/database.ts";
import type { HttpTimes } from "./http-times.ts";
import type { Measure } from "./measure.ts";

/** Who has something to count. */
export interface Sources {
  readonly version: { readonly version: string; readonly commit: string | null };
  readonly config: Config;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly relay: Relay;
  readonly broker: Broker;
  readonly database: Database;
  readonly mailboxTotals: MailboxTotals;
  readonly http: HttpTimes;
  /** undefined without TLS */
  readonly certificate: CertificateFiles | undefined;
}

/** Metrics of one kind, in the order in which they are shown. */
export type Group = readonly Measure<Sources>[];
