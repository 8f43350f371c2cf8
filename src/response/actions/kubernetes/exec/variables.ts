import type { AlertRecord, FieldValue } from "../../../../alert/record.ts";
import { containerFields } from "./containers.ts";

/** Fields that are added to alerts for use as variables. All other fields of the alert are variables too. */
export const variableFields: readonly string[] = [
  ...containerFields,
  ...["container.name", "fd.name", "proc.name", "proc.pid", "proc.vpid", "proc.cmdline", "proc.exepath", "user.name"],
];

/** Maximum length of a value, in characters. The kernel limits arguments to 128 KiB (MAX_ARG_STRLEN). */
const MAX_VALUE = 16 << 10;
/**
 * Maximum total size of the URL-encoded variables, in bytes. If it is exceeded, only variables named in the program are
 * passed.
 */
const MAX_TOTAL = 128 << 10;

/**
 * Returns the fields of an alert as environment variables: `FD_NAME`, `PROC_ANAME_2`, and also `RULE`, `PRIORITY`,
 * `SOURCE`, `TAGS`, `HOSTNAME`.
 */
export function variablesOf(
  { fields, rule, priority, source, tags, hostname }: AlertRecord,
  more: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const variables = new Map<string, string>();
  for (const [name, value] of [...fields, ...more]) {
    const text = textOf(value);
    const variable = variableName(name);
    if (text !== undefined && variable !== undefined) variables.set(variable, text);
  }
  const about = { RULE: rule, PRIORITY: priority, SOURCE: source, TAGS: tags.join(","), HOSTNAME: hostname };
  for (const [name, value] of Object.entries(about)) variables.set(name, textOf(value) ?? "");
  return variables;
}

/** Converts `proc.aname[2]` to `PROC_ANAME_2`. Undefined for invalid names, and for variables that control programs. */
export function variableName(field: string): string | undefined {
  const name = field
    .toUpperCase()
    .replaceAll("]", "")
    .replace(/[^A-Z0-9]/g, "_");
  const isField = field.includes(".") && /^[A-Z]/.test(name) && !CONTROLLING.test(name);
  return isField ? name : undefined;
}

/**
 * Names of variables that control programs, interpreters and libraries. They are excluded, because received alerts may
 * contain any field.
 */
const CONTROLLING =
  /^(?:LD|BASH|GLIBC|MALLOC|GCONV|LOC|NLS|JAVA|JDK|GIT|SSH|SSL|CURL|PYTHON|PERL5?|PERLIO|RUBY|GEM|PHP|LUA|GO|DOTNET|COMPLUS|CORECLR|OPENSSL|KRB5|PKCS11|RES|HOSTALIASES)_|^NODE_(?!HOSTNAME$|INSTANCETYPE$|ROLE$|TOPOLOGY_|SPEC_)|_PROXY$/;

/** Returns `NAME=value` arguments for `env`. Above the size limit, includes only variables that occur in `text`. */
export function assignments(variables: ReadonlyMap<string, string>, text: string): string[] {
  const all = [...variables].map(([name, value]) => ({ name, word: `${name}=${value}` }));
  const size = all.reduce((sum, { word }) => sum + encodeURIComponent(word).length, 0);
  const words = new Set(text.match(/[A-Z][A-Z0-9_]*/g));
  return all.filter(({ name }) => size <= MAX_TOTAL || words.has(name)).map(({ word }) => word);
}

/** Expands `${FD_NAME}` and `$FD_NAME` in a string. Unknown variables are kept. */
export function expanded(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:\{([A-Z][A-Z0-9_]*)\}|([A-Z][A-Z0-9_]*))/g,
    (all, braced: string | undefined, bare: string) => variables.get(braced ?? bare) ?? all,
  );
}

/** Describes what an action does for an alert: its parameters, and the values of the variables that they name. */
export function effectOf(alert: AlertRecord, parameters: Readonly<Record<string, unknown>>): string {
  const variables = variablesOf(alert);
  const named = JSON.stringify(parameters).matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g);
  return JSON.stringify([parameters, ...[...named].map(([, name = ""]) => variables.get(name) ?? null)]);
}

/** Formats a value as text of at most {@link MAX_VALUE} characters without NUL; undefined for null. */
function textOf(value: FieldValue): string | undefined {
  if (value === null) return undefined;
  const isList = Array.isArray(value);
  const text = isList
    ? value.map((each) => textOf(each) ?? "").join(",")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
  return text.slice(0, MAX_VALUE).toWellFormed().replaceAll("\0", "\u{fffd}");
}
