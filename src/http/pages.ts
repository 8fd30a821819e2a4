/** What people look at: the reference at `/docs`, from files of our own only, and the default avatar. */
import { z } from "zod";
import { swaggerFile } from "../shipped/files.ts";
import { type Call, call } from "./call.ts";
import { content } from "./reply.ts";
import { DEFAULT_AVATAR } from "./schemas.ts";

const CACHED = "public, max-age=3600";
/** Swagger UI sets styles inline; scripts come from files of this server only. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Polyge: the calls</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<body>
<main id="reference"></main>
<noscript>This page needs JavaScript; <a href="/openapi.json">the reference for programs</a> does not.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const DOCS_START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#reference", deepLinking: true, validatorUrl: null });\n`;

const AVATAR = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img" aria-label="No picture">
<rect width="96" height="96" fill="#dfe6ee"/>
<circle cx="48" cy="37" r="17" fill="#8c9bb0"/>
<path d="M14 90c2-20 16-31 34-31s32 11 34 31v6H14z" fill="#8c9bb0"/>
</svg>
`;

const page = (path: string, summary: string, answer: () => Response): Call =>
  call({ path, summary, methods: ["GET"], arguments: z.object({}), fails: [], answer });

/** Calls that stand in the reference. */
export const pageCalls = (): Call[] => [
  page("/docs", "This reference, for people.", () =>
    content(DOCS_PAGE, "text/html; charset=utf-8", { policy: DOCS_POLICY }),
  ),
  page(DEFAULT_AVATAR, "The picture of those who have none.", () =>
    content(AVATAR, "image/svg+xml", { cache: CACHED, policy: "default-src 'none'; frame-ancestors 'none'" }),
  ),
];

/** Parts of `/docs`, not calls of their own. */
export const pageParts = (): Call[] => [
  page("/docs/swagger-ui.css", "", () =>
    content(Bun.file(swaggerFile("swagger-ui.css")), "text/css; charset=utf-8", { cache: CACHED }),
  ),
  page("/docs/swagger-ui-bundle.js", "", () =>
    content(Bun.file(swaggerFile("swagger-ui-bundle.js")), "text/javascript; charset=utf-8", { cache: CACHED }),
  ),
  page("/docs/start.js", "", () => content(DOCS_START, "text/javascript; charset=utf-8", { cache: CACHED })),
];
