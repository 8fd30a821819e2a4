/** The gate before every call of administrators: the token, and who shows it. */
import { z } from "zod";
import type { Logger } from "../../log.ts";
import type { Actor } from "../../store/audit.ts";
import { bearerOf, wrongBearer } from "../bearer.ts";
import { type Call, call, type Incoming } from "../call.ts";

const NAME = /^[\p{L}\p{N}._@+-]{1,64}$/u;

/** The caller's name for itself; it is written down beside what was done, and proves nothing. */
const as = z.string().regex(NAME, "must have 1 to 64 letters, digits or . _ @ + -").default("admin");

type AdminCall<S extends z.ZodObject> = Omit<Call<S>, "answer" | "fails" | "guard"> & {
  answer(args: z.output<S>, actor: Actor, incoming: Incoming): Response | Promise<Response>;
};

/** Makes calls that only who shows the token gets through to. */
export class Gate {
  readonly #shows: (request: Request) => boolean;
  readonly #log: Logger;

  /** @param bearer `ADMIN_TOKEN` */
  constructor(bearer: string, log: Logger) {
    this.#shows = bearerOf(bearer);
    this.#log = log;
  }

  /** A call that looks. */
  look<S extends z.ZodObject>(definition: AdminCall<S>): Call {
    return this.#guarded(definition);
  }

  /** A call that does something. It is logged once more, where nobody can delete it from the database. */
  act<S extends z.ZodObject>(definition: AdminCall<S>): Call {
    return this.#guarded({
      ...definition,
      answer: async (args, actor, incoming) => {
        const response = await definition.answer(args, actor, incoming);
        const { user } = args as { user?: string };
        this.#log.info({ call: definition.path, ...actor, user, status: response.status }, "an administrator acts");
        return response;
      },
    });
  }

  #guarded<S extends z.ZodObject>(definition: AdminCall<S>): Call {
    return call({
      ...definition,
      arguments: definition.arguments.extend({ as }),
      fails: ["bad_token", "not_found", "unavailable"],
      guard: ({ request, address }) => {
        if (this.#shows(request)) return undefined;
        this.#log.warn({ call: definition.path, address }, "somebody without the admin token");
        return wrongBearer();
      },
      answer: (args, incoming) => {
        const actor = { name: (args as unknown as { as: string }).as, address: incoming.address };
        return definition.answer(args as unknown as z.output<S>, actor, incoming);
      },
    });
  }
}
