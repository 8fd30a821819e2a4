import { expect, test } from "bun:test";
import schema from "@asyncapi/specs/schemas/3.0.0.json";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { clientOf } from "../support/client.ts";

test("/asyncapi.json is AsyncAPI 3.0 and has every message", async () => {
  const { body } = await (await clientOf("pglite")).get("/asyncapi.json");
  const ajv = addFormats(new Ajv({ strict: false, logger: false, meta: false, validateSchema: false }));
  const validate = ajv.compile(schema);
  validate(body);
  expect(validate.errors).toBeNull();
  const names = Object.keys(body.components.messages);
  for (const type of ["hello", "ack", "nack", "presence", "typing", "read", "bye", "error"]) {
    expect(names).toContain(`server.${type}`);
  }
  for (const type of ["got", "watch", "unwatch", "typing", "read"]) expect(names).toContain(`client.${type}`);
  expect(names).toContain("frame");
});
