/** Text messages of `polyge.v2`, from the schemas that both ends check with. */
import Ajv from "ajv/dist/2020";
import fc, { type Arbitrary } from "fast-check";
import { z } from "zod";
import { fromClient, MAX_MESSAGE_BYTES, type ServerMessage } from "../../src/protocol/messages.ts";
import type { Peer } from "../support/peer.ts";
import { jsonText, type Schema } from "./json-schema.ts";

const schemas = Object.values(fromClient).map((each) => z.toJSONSchema(each, { io: "input" }));
/** The other implementation, which says what is a message. */
const isMessage = new Ajv({ strict: false }).compile({ oneOf: schemas });

export const messages: Arbitrary<string> = fc.oneof(...schemas.map((each) => jsonText(each as Schema)));

function isWellFormed(text: string): boolean {
  try {
    return isMessage(JSON.parse(text));
  } catch {
    return false;
  }
}

/**
 * Sends a text and waits until it is dealt with.
 * @returns what is wrong with what came back; undefined: nothing
 */
export async function wrongAnswerTo(peer: Peer, text: string): Promise<string | undefined> {
  peer.sendText(text);
  await peer.sync();
  const errors = peer.untakenTexts("error") as Extract<ServerMessage, { type: "error" }>[];
  for (const type of ["presence", "typing", "read"] as const) peer.untakenTexts(type);
  const codes = errors.map(({ code }) => code).join();
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES)
    return codes === "too_large" ? undefined : `"${codes}" for what is too large`;
  if (!isWellFormed(text)) return codes === "bad_message" ? undefined : `"${codes}" for what is no message`;
  // A count of frames that were not sent, and more users than one may watch, are messages that cannot be carried out.
  const { type } = JSON.parse(text);
  const allowed = type === "got" ? ["", "bad_message"] : type === "watch" ? ["", "too_many"] : [""];
  return allowed.includes(codes) ? undefined : `"${codes}" for a message`;
}
