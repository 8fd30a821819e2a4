import type { Broker } from "../../broker/broker.ts";
import type { NodeReport, ToNode } from "./node-messages.ts";

/** How long the other nodes have to answer, in ms: nobody knows how many there are. */
const ANSWER_MS = 1000;

export interface ReportsEvents {
  /** This node, with so many of one user's sockets, or of all. */
  report(of: number | undefined, limit: number): NodeReport;
}

/** What the nodes say of themselves when an administrator asks one of them. */
export class Reports {
  readonly #broker: Broker;
  readonly #events: ReportsEvents;
  readonly #gathering = new Map<number, NodeReport[]>();
  #lastId = 0;

  constructor(broker: Broker, events: ReportsEvents) {
    this.#broker = broker;
    this.#events = events;
  }

  /**
   * This node's report and those of all that answer within a second.
   * @param of the user whose sockets are listed; undefined: all users'
   * @param limit sockets that each node lists at most
   */
  async gather(of: number | undefined, limit: number): Promise<readonly NodeReport[]> {
    const reports = [this.#events.report(of, limit)];
    if (!this.#broker.connected) return reports;
    const id = ++this.#lastId;
    this.#gathering.set(id, reports);
    const question: ToNode = { t: "report?", node: this.#broker.node, id, limit, ...(of !== undefined && { of }) };
    this.#broker.sendToAll(JSON.stringify(question));
    await Bun.sleep(ANSWER_MS);
    this.#gathering.delete(id);
    return reports;
  }

  asked({ node, id, of, limit }: Extract<ToNode, { t: "report?" }>): void {
    if (!this.#broker.connected) return;
    const answer: ToNode = { t: "report", node: this.#broker.node, id, report: this.#events.report(of, limit) };
    this.#broker.sendToNode(node, JSON.stringify(answer));
  }

  answered(id: number, report: NodeReport): void {
    this.#gathering.get(id)?.push(report);
  }
}
