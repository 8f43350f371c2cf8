import { beforeEach, expect, test } from "vitest";

interface Drafts {
  readonly NEW_FILE: string;
  textOf(name: string, files: readonly []): string;
  setText(name: string, text: string): void;
  discardDraft(name: string): void;
  addToNewFile(rule: string): void;
}
// The path is not a literal, so that TypeScript does not apply the types of the browser to the whole program.
const { NEW_FILE, textOf, setText, discardDraft, addToNewFile }: Drafts = await import(
  `${import.meta.dirname}/drafts.ts`
);

const rule = "- rule: File read\n  priority: WARNING\n";
const text = (): string => textOf(NEW_FILE, []);
beforeEach(() => discardDraft(NEW_FILE));

test("a rule replaces the template", () => {
  addToNewFile(rule);
  expect(text()).toBe(rule);
});

test("a rule is added to a draft once", () => {
  setText(NEW_FILE, "- list: mine\n  items: [a]\n");
  addToNewFile(rule);
  expect(text()).toBe(`- list: mine\n  items: [a]\n\n${rule}`);
  const edited = text().replace("WARNING", "ERROR");
  setText(NEW_FILE, edited);
  addToNewFile(rule);
  expect(text()).toBe(edited);
});
