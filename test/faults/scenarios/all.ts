/** Every scenario, in the order in which they run. */
import type { Scenario } from "../harness/scenario.ts";
import { diskFull } from "./disk-full.ts";
import { mailboxFull } from "./mailbox-full.ts";
import { natsRestarts } from "./nats-restarts.ts";
import { nodeCrashes } from "./node-crashes.ts";
import { packetsDropped } from "./packets-dropped.ts";
import { partition } from "./partition.ts";
import { plainClients } from "./plain-clients.ts";
import { postgresStopped } from "./postgres-stopped.ts";
import { receiverKilled } from "./receiver-killed.ts";
import { receiverStalled } from "./receiver-stalled.ts";
import { rollingRestart } from "./rolling-restart.ts";
import { serverKilled } from "./server-killed.ts";
import { serverStopped } from "./server-stopped.ts";
import { slowNode } from "./slow-node.ts";

export const SCENARIOS: readonly Scenario[] = [
  plainClients,
  mailboxFull,
  serverKilled,
  serverStopped,
  receiverKilled,
  receiverStalled,
  packetsDropped,
  postgresStopped,
  diskFull,
  nodeCrashes,
  natsRestarts,
  partition,
  slowNode,
  rollingRestart,
];
