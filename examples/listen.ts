/** Prints every message that arrives: `bun examples/listen.ts NAME`. */
import { enter, server } from "./enter.ts";

const connection = await server.connect(await enter(process.argv[2] ?? "ana"));
console.log(`user ${connection.uid} listens`);
for await (const message of connection.messages()) console.log(`from user ${message.from}: ${message.text}`);
