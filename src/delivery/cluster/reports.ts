import type { Broker } from "../../broker/broker.ts";
import type { NodeReport, ToNode } from "./node-messages.ts";

/** How long any node has to answer, in ms: one that nobody knows of as well. */
const ANSWER_MS = 1000;
/** How much longer it is waited for those that are known, in ms. */
const LATE_MS = 4000;

export interface ReportsEvents {
  /** This node, with so many of one user's sockets, or of all. */
  report(of: number | undefined, limit: number): NodeReport;
}

/** What was answered so far. */
interface Gathering {
  readonly reports: NodeReport[];
  /** Nodes that are known and have not answered. */
  readonly missing: Set<string>;
  /** Called when none of those is left. */
  readonly whole: () => void;
}

export interface Gathered {
  readonly reports: readonly NodeReport[];
  /** Nodes that are known and did not answer. */
  readonly silent: readonly string[];
}

/** What the nodes say of themselves when an administrator asks one of them. */
export class Reports {
  readonly #broker: Broker;
  readonly #events: ReportsEvents;
  readonly #gathering = new Map<number, Gathering>();
  #lastId = 0;

  constructor(broker: Broker, events: ReportsEvents) {
    this.#broker = broker;
    this.#events = events;
  }

  /**
   * This node's report and those of all that answer within a second, or within five of those that are known.
   * @param of the user whose sockets are listed; undefined: all users'
   * @param limit sockets that each node lists at most
   * @param known nodes, this one among them
   */
  async gather(of: number | undefined, limit: number, known: readonly string[]): Promise<Gathered> {
    const reports = [this.#events.report(of, limit)];
    if (this.#broker.alone) return { reports, silent: [] };
    const missing = new Set(known);
    missing.delete(this.#broker.node);
    if (this.#broker.connected) await this.#ask(of, limit, reports, missing);
    return { reports, silent: [...missing] };
  }

  async #ask(of: number | undefined, limit: number, reports: NodeReport[], missing: Set<string>): Promise<void> {
    const id = ++this.#lastId;
    const { promise, resolve: whole } = Promise.withResolvers<void>();
    this.#gathering.set(id, { reports, missing, whole });
    const question: ToNode = { t: "report?", node: this.#broker.node, id, limit, ...(of !== undefined && { of }) };
    this.#broker.sendToAll(JSON.stringify(question));
    await Bun.sleep(ANSWER_MS);
    if (missing.size > 0) await Promise.race([promise, Bun.sleep(LATE_MS)]);
    this.#gathering.delete(id);
  }

  asked({ node, id, of, limit }: Extract<ToNode, { t: "report?" }>): void {
    if (!this.#broker.connected) return;
    const answer: ToNode = { t: "report", node: this.#broker.node, id, report: this.#events.report(of, limit) };
    this.#broker.sendToNode(node, JSON.stringify(answer));
  }

  answered(id: number, report: NodeReport): void {
    const gathering = this.#gathering.get(id);
    if (!gathering) return;
    gathering.reports.push(report);
    if (gathering.missing.delete(report.node) && gathering.missing.size === 0) gathering.whole();
  }
}
