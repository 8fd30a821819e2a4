/** A receiver in a process of its own, to be stopped, killed or put into another network: its options are its argument. */
import { openSync, writeSync } from "node:fs";
import { RECORD_BYTES } from "./journal.ts";
import { Receiver } from "./receiver.ts";
import type { Address, Login } from "./wire.ts";

export interface ReceiverArguments {
  readonly at: Address;
  readonly login: Login;
  readonly v2: boolean;
  /** The file that gets every frame's record. */
  readonly journal: string;
}

if (import.meta.main) {
  const { at, login, v2, journal } = JSON.parse(process.argv[2]!) as ReceiverArguments;
  const file = openSync(journal, "a");
  let records: Buffer[] = [];
  const record = (sender: number, msgId: number) => {
    const bytes = Buffer.alloc(RECORD_BYTES);
    bytes.writeBigUInt64BE(BigInt(sender), 0);
    bytes.writeBigUInt64BE(BigInt(msgId), 8);
    records.push(bytes);
    // What was read and not confirmed is written too: it shows where a repeat comes from.
    if (records.length === 1) setImmediate(commit);
  };
  const commit = () => {
    if (records.length > 0) writeSync(file, Buffer.concat(records));
    records = [];
  };
  new Receiver({ at, login, v2, record, recordCorrupt: () => record(0, 0), commit }).start();
}
