import { diffLines } from "diff";
import type { JSX } from "preact";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

interface LineDiffProps {
  readonly before: string;
  readonly after: string;
}

/** The removed and added lines between two versions of a rule, with surrounding lines. */
export function LineDiff({ before, after }: LineDiffProps): JSX.Element {
  const parts = diffLines(withBreak(before), withBreak(after));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the element scrolls
    <pre class="line-diff" tabIndex={0}>
      {parts.flatMap(({ added, removed, value }, i) =>
        value
          .replace(/\n$/, "")
          .split("\n")
          .map((line, j) => (
            <Line key={`${i}-${j}`} kind={added ? "added" : removed ? "removed" : "same"} text={line} />
          )),
      )}
    </pre>
  );
}

const SIGNS = { added: "+ ", removed: "- ", same: "  " } as const;

function Line({ kind, text }: { readonly kind: keyof typeof SIGNS; readonly text: string }): JSX.Element {
  const content = (
    <>
      {SIGNS[kind]}
      <Untrusted text={text} />
      {"\n"}
    </>
  );
  if (kind === "same") return <span>{content}</span>;
  return kind === "added" ? <ins>{content}</ins> : <del>{content}</del>;
}

function withBreak(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
