/** A screen's title, which takes the focus when the screen appears: keyboard and screen reader go on from there. */
import { useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../app.ts";

let isFirst = true;

export function Heading({ children, title }: { children: ComponentChildren; title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { router } = useApp();
  useSignalEffect(() => {
    void router.route.value;
    document.title = `${title} · Polyge`;
  });
  useEffect(() => {
    // Where the page has just been loaded, the browser puts the focus.
    if (!isFirst) heading.current?.focus();
    isFirst = false;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
