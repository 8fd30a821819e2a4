/** Attacks over open sockets, by somebody who has an account. */
import { maskedFrame } from "../../../src/cli/load/engine/frames.ts";
import { OPCODE } from "../../../src/cli/load/engine/wire-reader.ts";
import { encodeFrame } from "../../../src/protocol/frame.ts";
import { type Login, Wire } from "../../faults/harness/wire.ts";
import { type Attack, type Field, sized } from "../attack.ts";

/** Wire frames written at once. */
const TOGETHER = 500;
const CONTINUATION = 0;
const RETRY_MS = 50;

const frameTo = ({ uid }: Login, target: number, data: Uint8Array, msgId = 0): Uint8Array =>
  encodeFrame({ uid, target, msgId: BigInt(msgId), timestampMs: 0n, data }, Bun.hash.crc32);

/** A socket that comes back whenever it is closed. `act` gets it when it is open. */
function keepOpen(field: Field, login: Login, v2: boolean, act: (wire: Wire) => void): void {
  if (field.over) return;
  const wire = new Wire(field.at, login, v2, {
    open(opened) {
      field.count("opened");
      act(opened);
    },
    text(text) {
      const { type, code } = JSON.parse(text);
      if (type === "nack") field.count(`nack ${code}`);
      if (type === "error") field.count(`error ${code}`);
    },
    end(code, status) {
      if (field.over) return;
      field.count(status === 101 ? `closed ${code}` : `${status ?? "no answer"}`);
      // Time: it is tried again.
      setTimeout(() => keepOpen(field, login, v2, act), RETRY_MS);
    },
  });
  void field.end.then(() => wire.cut());
}

/** Writes the same bytes as quickly as they are taken. */
const flood = (field: Field, bytes: Uint8Array) => (wire: Wire) => {
  const again = () => {
    if (!field.over) wire.sendBytes(bytes, again);
  };
  again();
};

const times = (count: number, bytes: Uint8Array): Uint8Array => Buffer.concat(Array(count).fill(bytes));

function floodOf(name: string, bytesOf: (login: Login, target: number) => Uint8Array, v2 = false): Attack {
  return {
    name,
    async run(field) {
      const [target, ...others] = field.logins as [Login, ...Login[]];
      keepOpen(field, target, false, () => {});
      for (const login of others.slice(0, sized(field, 4))) {
        keepOpen(field, login, v2, flood(field, times(TOGETHER, bytesOf(login, target.uid))));
      }
      await field.end;
    },
  };
}

const nothing = new Uint8Array();

export const pings = floodOf("pings", () => maskedFrame(OPCODE.ping, Buffer.alloc(125)));
export const tinyFrames = floodOf("tiny frames", (login, target) =>
  maskedFrame(OPCODE.binary, frameTo(login, target, nothing)),
);
export const tinyFramesV2 = floodOf(
  "tiny frames by polyge.v2",
  (login, target) => maskedFrame(OPCODE.binary, frameTo(login, target, nothing)),
  true,
);
export const emptyMessages = floodOf("empty messages", () => maskedFrame(OPCODE.binary, nothing));
export const brokenTexts = floodOf("texts that do not parse", () => maskedFrame(OPCODE.text, Buffer.from("{")), true);
export const typing = floodOf(
  "typing",
  (_, target) => maskedFrame(OPCODE.text, Buffer.from(JSON.stringify({ type: "typing", to: target }))),
  true,
);

/** A message that never ends: empty pieces for ever. */
export const endlessMessage: Attack = {
  name: "a message that never ends",
  async run(field) {
    const piece = maskedFrame(CONTINUATION, nothing);
    piece[0] = CONTINUATION;
    const first = maskedFrame(OPCODE.binary, nothing);
    first[0] = OPCODE.binary;
    for (const login of field.logins.slice(0, sized(field, 4))) {
      keepOpen(field, login, false, (wire) => {
        wire.sendBytes(first);
        flood(field, times(TOGETHER, piece))(wire);
      });
    }
    await field.end;
  },
};

/** Pings whose pongs nobody reads. */
export const deafPings: Attack = {
  name: "pings, pongs unread",
  async run(field) {
    const bytes = times(TOGETHER, maskedFrame(OPCODE.ping, Buffer.alloc(125)));
    for (const login of field.logins.slice(0, sized(field, 16))) {
      keepOpen(field, login, false, (wire) => {
        wire.stopReading();
        flood(field, bytes)(wire);
      });
    }
    await field.end;
  },
};

/** Each byte of each frame in a segment of its own. */
export const oneByteWrites: Attack = {
  name: "one-byte writes",
  async run(field) {
    const [target, ...others] = field.logins as [Login, ...Login[]];
    for (const login of others.slice(0, sized(field, 50))) {
      const bytes = maskedFrame(OPCODE.binary, frameTo(login, target.uid, Buffer.alloc(100)));
      keepOpen(field, login, false, (wire) => {
        let at = 0;
        const next = () => {
          if (field.over) return;
          wire.sendBytes(bytes.subarray(at, at + 1), () => setImmediate(next));
          at = (at + 1) % bytes.length;
        };
        next();
      });
    }
    await field.end;
  },
};

export const socketsOfOne: Attack = {
  name: "one user with many sockets",
  async run(field) {
    for (let i = 0; i < sized(field, 200); i++) keepOpen(field, field.logins[0]!, i % 2 === 0, () => {});
    await field.end;
  },
};

/** One who does not read, and many who write to it. */
export const slowReader: Attack = {
  name: "a slow reader with many senders",
  async run(field) {
    const [reader, ...others] = field.logins as [Login, ...Login[]];
    keepOpen(field, reader, false, (wire) => wire.stopReading());
    for (const login of others.slice(0, sized(field, 20))) {
      keepOpen(
        field,
        login,
        true,
        flood(field, maskedFrame(OPCODE.binary, frameTo(login, reader.uid, Buffer.alloc(4000)))),
      );
    }
    await field.end;
  },
};

/** One sender who fills the mailboxes of many who are away; each is full after a thousand. */
export const hugeMailboxes: Attack = {
  name: "huge mailboxes",
  environment: { MAILBOX_FRAMES: "1000" },
  async run(field) {
    const [sender, ...targets] = field.logins as [Login, ...Login[]];
    let msgId = 0;
    keepOpen(field, sender, true, (wire) => {
      const again = () => {
        if (field.over) return;
        const frames = Array.from({ length: 50 }, () => {
          const { uid } = targets[++msgId % sized(field, 20)]!;
          return maskedFrame(OPCODE.binary, frameTo(sender, uid, Buffer.alloc(2000), msgId));
        });
        wire.sendBytes(Buffer.concat(frames), again);
      };
      again();
    });
    await field.end;
  },
};
