/** Several nodes of one service, all in this process, on one PostgreSQL and one nats-server that are theirs alone. */
import { afterAll, afterEach, beforeAll, setDefaultTimeout } from "bun:test";
import { makeAccounts } from "../../src/cli/accounts/make.ts";
import type { Service } from "../../src/service.ts";
import { createPostgres, NO_POSTGRES } from "./databases.ts";
import { type NatsServer, NO_NATS, startNats } from "./nats.ts";
import { suiteUnless } from "./needs.ts";
import type { Login, Peer, PeerOptions } from "./peer.ts";
import { ADMIN_TOKEN, METRICS_TOKEN, start } from "./services.ts";
import { Stage } from "./stage.ts";

/** Users that are there from the start: a registration would spend its time in argon2. */
const USERS = 60;
/**
 * Longest that a test may wait for what does not come, in ms. Bun then ends the nats-server too, so that of several failures
 * in one file the first says most.
 */
const LIMIT_MS = 10_000;

export class Nodes {
  readonly #settings: Record<string, string>;
  readonly #services: Service[] = [];
  readonly #stages: Stage[] = [];
  #database = "";
  #logins: Login[] = [];
  #nats: NatsServer | undefined;

  constructor(settings: Record<string, string>) {
    this.#settings = settings;
  }

  /** The nodes' broker. */
  get nats(): NatsServer {
    return this.#nats!;
  }

  /** The database and the broker, without a node. */
  async prepare(): Promise<void> {
    this.#nats = await startNats();
    this.#database = await createPostgres();
    this.#logins = await makeAccounts({ url: this.#database, directory: "" }, USERS);
  }

  /** Where the nodes meet, as settings. */
  get place(): { DATABASE_URL: string; NATS_URL: string } {
    return { DATABASE_URL: this.#database, NATS_URL: this.nats.url };
  }

  /** Starts one more node. @param settings of its own */
  async add(settings: Record<string, string> = {}): Promise<Stage> {
    const { service } = await start({
      ...this.place,
      LOG_LEVEL: "silent",
      TRUST_PROXY: "1",
      METRICS_TOKEN,
      ADMIN_TOKEN,
      ...this.#settings,
      ...settings,
    });
    this.#services.push(service);
    const stage = new Stage(async () => service.url);
    this.#stages.push(stage);
    return stage;
  }

  /** Stops one that `add` has started. */
  async remove(node: Stage): Promise<void> {
    const at = this.#stages.indexOf(node);
    this.#stages.splice(at, 1);
    await this.#services.splice(at, 1)[0]!.stop();
  }

  /** Somebody whom no other test knows. */
  login(): Login {
    const login = this.#logins.pop();
    if (login === undefined) throw new Error("no users are left");
    return login;
  }

  /** Somebody new, with an open socket on this node that has got all that there was for it. */
  async peer(node: Stage, options: PeerOptions = {}): Promise<Peer> {
    const peer = await node.open(this.login(), options);
    await peer.soFar();
    return peer;
  }

  clear(): void {
    for (const stage of this.#stages) stage.clear();
  }

  async stop(): Promise<void> {
    this.clear();
    await Promise.all(this.#services.map((service) => service.stop()));
    await this.#nats?.stop();
  }
}

/** A suite on nodes of its own; where they cannot be, it is skipped and says why. `nodes` has none before the tests run. */
export function onNodes(
  name: string,
  count: number,
  settings: Record<string, string>,
  suite: (nodes: Nodes, stages: readonly Stage[]) => void,
): void {
  setDefaultTimeout(LIMIT_MS);
  suiteUnless(NO_POSTGRES ?? NO_NATS, name, () => {
    const nodes = new Nodes(settings);
    const stages: Stage[] = [];
    beforeAll(async () => {
      await nodes.prepare();
      stages.push(...(await Promise.all(Array.from({ length: count }, () => nodes.add()))));
    }, 60_000);
    afterEach(() => nodes.clear());
    afterAll(() => nodes.stop(), 60_000);
    suite(nodes, stages);
  });
}

/** Waits until the sender was told of `count` of its frames that they are delivered. */
export async function delivered(sender: Peer, count: number): Promise<void> {
  const told = new Set<string>();
  while (told.size < count) {
    const { to, msgId, status } = await sender.next("ack");
    if (status === "delivered") told.add(`${to} ${msgId}`);
  }
}
