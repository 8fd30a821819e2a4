/** A page below "me": a way back, a title, a form. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { hrefOf } from "../state/router.ts";
import { Heading } from "./heading.tsx";
import { Icon } from "./icons.tsx";

export function SubPage({ title, children }: { title: string; children: ComponentChildren }) {
  const { words } = useApp();
  return (
    <div class="page">
      <header class="page-head">
        <a class="button quiet" href={hrefOf("me")} aria-label={words.back} title={words.back}>
          <Icon name="back" />
        </a>
        <Heading title={title}>{title}</Heading>
      </header>
      {children}
    </div>
  );
}

/** What a form needs to try something that may be refused. */
export function useAttempt() {
  const app = useApp();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const attempt = async (work: () => Promise<void>, refused?: (error: unknown) => string | undefined) => {
    setBusy(true);
    setProblem("");
    try {
      await work();
    } catch (error) {
      setProblem(refused?.(error) ?? app.describe(error));
      setBusy(false);
    }
  };
  return { busy, problem, attempt };
}

export function Submit({
  busy,
  problem,
  text,
  kind = "primary",
}: {
  busy: boolean;
  problem: string;
  text: string;
  kind?: string;
}) {
  const { words } = useApp();
  return (
    <>
      <p class="error" role="alert">
        {problem}
      </p>
      <button type="submit" class={kind} disabled={busy}>
        {busy ? words.loading : text}
      </button>
    </>
  );
}
