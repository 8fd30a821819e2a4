/** Sends one text and says what became of it: `bun examples/send.ts NAME UID TEXT`. */
import { enter, server } from "./enter.ts";

const [name = "ben", uid, text = "你好"] = process.argv.slice(2);

const connection = await server.connect(await enter(name));
const { stored, delivered } = connection.send(Number(uid), text);
console.log(await Promise.race([delivered.then(() => "delivered"), stored.then(() => "stored")]));
connection.close();
