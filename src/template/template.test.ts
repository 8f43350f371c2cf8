import { expect, test } from "vitest";
import { seeded } from "../../test/damaged/random.ts";
import { TemplateError } from "./error.ts";
import { goTemplate } from "./template.ts";
import type { Value } from "./value.ts";

function errorOf(run: () => unknown): TemplateError | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  return undefined;
}

test.each([
  ["{{ .a", 0, "{{ is not closed"],
  ["text {{ nope . }}", 8, "the function nope is not defined"],
  ["{{ if true }}x", 3, "{{if}} has no {{end}}"],
  ["{{ $x }}", 3, "the variable $x is not defined"],
  ['{{ "a }}', 3, "a quote is not closed"],
  ['{{ define "a" }}{{ end }}', 3, "{{define}} is not supported"],
  ["{{ (.a }}", 3, "a parenthesis is not closed"],
  ["{{ break }}", 3, "{{break}} is not in a range"],
  ["{{ constructor }}", 3, "the function constructor is not defined"],
])("%s is an error at character %i", (template, offset, message) => {
  expect(errorOf(() => goTemplate(template))).toMatchObject({ offset, message });
});

test("length and nesting are limited when a template is parsed", () => {
  expect(errorOf(() => goTemplate("x".repeat(16_385)))?.message).toBe("the template has more than 16384 characters");
  const nested = `${"{{if .}}".repeat(60)}x${"{{end}}".repeat(60)}`;
  expect(errorOf(() => goTemplate(nested))?.message).toBe("the template has more than 50 levels");
  expect(errorOf(() => goTemplate(`{{${"(".repeat(5000)}}}`))?.message).toBe("the template has more than 50 levels");
});

test("steps, widths and the result are limited when a template is executed", () => {
  const run = (template: string, data?: string) => errorOf(() => goTemplate(template).execute(data))?.message;
  expect(run("{{range 1000}}{{range 1000}}{{end}}{{end}}")).toBe("the template takes more than 20000 steps");
  expect(run("{{range 1e9}}{{end}}")).toBe("the template takes more than 20000 steps");
  expect(run('{{printf "%99999999d" 1}}')).toBe("printf with a width of more than 1000");
  expect(run("{{range 100}}{{$}}{{end}}", "x".repeat(1000))).toBe("a string exceeds 65536 characters");
  const doubling = `{{$x := $}}${'{{$x = printf "%s%s" $x $x}}'.repeat(40)}{{$x}}`;
  expect(run(doubling, "x".repeat(1000))).toBe("a string exceeds 65536 characters");
  const many = `{{printf "${"%s".repeat(1000)}"${" $".repeat(1000)}}}`;
  expect(run(many, "x".repeat(60_000))).toBe("a string exceeds 65536 characters");
  expect(run("{{range 9999}}{{$x := html $}}{{end}}", "x".repeat(60_000))).toBe(
    "the template takes more than 20000 steps",
  );
});

test("a number that is not a character and a malformed string do not cause errors", () => {
  expect(goTemplate('{{printf "%q %q %c" -1 1.5 -1}}').execute(undefined)).toBe("'\uFFFD' %!q(float64=1.5) \uFFFD");
  expect(goTemplate("{{urlquery .}}").execute("\ud800")).toBe("%EF%BF%BD");
});

test("the total length of values without a verb is limited", () => {
  const run = (template: string, data: string) => errorOf(() => goTemplate(template).execute(data))?.message;
  expect(run(`{{printf ""${" $".repeat(1000)}}}`, "x".repeat(60_000))).toBe("a string exceeds 65536 characters");
  expect(run(`{{println${" $".repeat(1000)}}}`, "x".repeat(60_000))).toBe("a string exceeds 65536 characters");
});

test("random templates result in a text or a TemplateError", () => {
  const seed = Number(process.env.EYAS_SEED ?? Date.now() % 1e9);
  const random = seeded(seed);
  const words = [
    ..."{{ }} {{- -}} ( ) | , = := . $ $x .a .a.b .a.b.c if else with range end break continue nil true".split(" "),
    ...'0 -1 1.5 1e99 0x7f 99999999999999999999 \'c\' "%q%c%v%d%x" "%-9.3s%[1]d%!%" `raw` "\\ud800"'.split(" "),
    ..."and or not len index slice print println printf html js urlquery eq ne lt le gt ge {{/* */}} text \n".split(
      " ",
    ),
  ];
  const data = new Map<string, Value>([
    ["a", new Map<string, Value>([["b", ["x", 7, undefined, "\ud800"]]])],
    ["c", "\u0000<&>\u202e".repeat(50)],
  ]);
  const pick = () => words[random.below(words.length)] ?? "";
  const some = (most: number): string => Array.from({ length: 1 + random.below(most) }, pick).join(" ");
  for (let i = 0; i < 4000; i++) {
    const part = random.below(2) === 0 ? `{{${some(6)}}}` : some(12);
    const times = 1 + random.below(i % 50 === 0 ? 300 : 3);
    const [start, end] = random.below(3) === 0 ? ["{{range .a}}", "{{end}}"] : ["", ""];
    const template = start.repeat(times) + part.repeat(times) + end.repeat(times);
    const place = `${JSON.stringify(template)} (EYAS_SEED=${seed})`;
    expect(() => void errorOf(() => goTemplate(template).execute(data)), place).not.toThrow();
  }
});

test("text from values is quoted, and text of the template is not", () => {
  const quote = (text: string): string => text.replaceAll("<", "&lt;");
  const template = goTemplate('<b> {{ . }} {{ "<c>" }} {{ printf "%s" . }} {{ . | html }}');
  expect(template.execute("<a>", quote)).toBe("<b> &lt;a> <c> &lt;a> &lt;a&gt;");
});
