/** Registers a user, or logs in, and prints the uid: `bun examples/join.ts NAME`. */
import { enter } from "./enter.ts";

const session = await enter(process.argv[2] ?? "ana");
console.log(session.uid);
