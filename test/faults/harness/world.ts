/** What one run of a scenario works with, and ends when it is over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPeopled, type Kind, type Peopled, peopledAt } from "../../support/databases.ts";
import { holdsWithin } from "../../support/until.ts";
import { Journal, JournalFile } from "./journal.ts";
import { Ledger, type Row } from "./ledger.ts";
import { Receiver, type ReceiverOptions } from "./receiver.ts";
import type { ReceiverArguments } from "./receiver-main.ts";
import { Sender, type SenderOptions } from "./sender.ts";
import { ServerProcess } from "./server.ts";
import type { Address, Login } from "./wire.ts";

const RECEIVER_MAIN = fileURLToPath(new URL("./receiver-main.ts", import.meta.url));

export interface ReceiverProcess {
  readonly pid: number;
  kill(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
}

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), "polyge-faults-"));
  readonly ledger = new Ledger();
  readonly row: Row;
  /** Whatever else must be undone, last one first. */
  readonly stack = new AsyncDisposableStack();
  /** The scenario ended early: what has not arrived may be on disk. */
  aborted = false;
  readonly #started = performance.now();
  readonly #receivers: Receiver[] = [];
  readonly #files: JournalFile[] = [];
  readonly #servers: ServerProcess[] = [];
  #place: Peopled | undefined;

  constructor(
    scenario: string,
    readonly kind: Kind,
  ) {
    const counts = { sent: 0, acked: 0, received: 0, repeated: 0, outOfOrder: 0, lost: 0, seconds: 0 };
    this.row = { scenario, database: kind, ...counts, notes: [], wrong: [] };
    this.stack.defer(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** A server on a fresh database with accounts. @param at a database or a folder of one's own */
  async serve(environment: Record<string, string> = {}, at: { url?: string; folder?: string } = {}) {
    this.#place = at.url ? await peopledAt(at.url) : await createPeopled(this.kind, at.folder ?? this.#data);
    return this.#start({ ...this.#place.environment, ...environment });
  }

  /** Servers that are one service, on a fresh database with accounts. @param natsUrls where each finds the others */
  async serveNodes(natsUrls: readonly string[], environment: Record<string, string> = {}): Promise<ServerProcess[]> {
    this.#place = await createPeopled(this.kind, this.#data);
    const place = this.#place.environment;
    return Promise.all(natsUrls.map((url) => this.#start({ ...place, ...environment, NATS_URL: url })));
  }

  get #data(): string {
    return join(this.folder, "data");
  }

  async #start(environment: Record<string, string>): Promise<ServerProcess> {
    const server = this.stack.use(await ServerProcess.start(environment));
    this.#servers.push(server);
    return server;
  }

  login(index: number): Login {
    return this.#place!.logins[index]!;
  }

  journalOf(uid: number): Journal {
    const journal = this.ledger.journals.get(uid) ?? new Journal();
    this.ledger.journals.set(uid, journal);
    return journal;
  }

  /** A receiver in this process, not connected yet. */
  receiver(at: Address, login: Login, v2: boolean, more: Pick<ReceiverOptions, "confirmed" | "others"> = {}): Receiver {
    const journal = this.journalOf(login.uid);
    const receiver = new Receiver({
      at,
      login,
      v2,
      record: (sender, msgId) => journal.add(sender, msgId),
      recordCorrupt: () => journal.corrupt++,
      ...more,
    });
    this.#receivers.push(receiver);
    return receiver;
  }

  /** A receiver in a process of its own. @param prefix a command that runs the rest of its line, such as in a namespace */
  receiverProcess(at: Address, login: Login, v2: boolean, prefix: readonly string[] = []): ReceiverProcess {
    const journal = join(this.folder, `journal-${login.uid}-${this.#files.length}`);
    this.#files.push(new JournalFile(journal, this.journalOf(login.uid)));
    const options: ReceiverArguments = { at, login, v2, journal };
    const child = Bun.spawn([...prefix, process.execPath, RECEIVER_MAIN, JSON.stringify(options)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    this.stack.defer(async () => {
      child.kill("SIGKILL");
      await child.exited;
    });
    return { pid: child.pid, kill: (signal) => child.kill(signal) };
  }

  /** A sender, started; it takes part in the ledger. */
  sender(options: SenderOptions): Sender {
    const sender = new Sender(options).start();
    this.ledger.senders.push(sender);
    return sender;
  }

  refresh(): void {
    for (const file of this.#files) file.refresh();
  }

  note(text: string): void {
    this.row.notes.push(text);
  }

  /** Notes what should hold and does not. */
  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.row.wrong.push(otherwise);
  }

  /** No more new frames; waits until each is acked or refused for good, and what is acked has arrived. */
  async settle(limitMs = 30_000): Promise<void> {
    for (const sender of this.ledger.senders) sender.pause();
    const deadline = performance.now() + limitMs;
    const left = () => Math.max(deadline - performance.now(), 1);
    const acked = await holdsWithin(left(), () => this.ledger.unsettled === 0);
    this.expect(acked, `${this.ledger.unsettled} frames neither acked nor refused after ${limitMs / 1000} s`);
    await holdsWithin(left(), () => {
      this.refresh();
      return this.ledger.lost === 0;
    });
  }

  /** Fills the row and ends everything. */
  async close(): Promise<Row> {
    for (const sender of this.ledger.senders) sender.leave();
    for (const receiver of this.#receivers) receiver.cut();
    for (const server of this.aborted ? this.#servers : []) {
      const state = server.running ? "runs" : "has ended";
      this.row.wrong.push(`the server ${state}; it said last:\n${server.lines.slice(-20).join("\n")}`);
    }
    try {
      this.refresh();
      this.ledger.fill(this.row);
    } finally {
      await this.stack.disposeAsync();
    }
    this.row.seconds = (performance.now() - this.#started) / 1000;
    if (this.row.lost > 0 && !this.aborted) this.row.wrong.push(`${this.row.lost} acked frames are lost`);
    return this.row;
  }
}
