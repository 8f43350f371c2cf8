import type { CommandLine } from "./command-line.ts";

/**
 * Returns the manual page eyas(1), in the language of man(7), with the help of each command.
 * @param time time of the commit, in seconds since the epoch
 */
export function manualPage({ description, commands, help }: CommandLine, version: string, time: number): string {
  const date = new Date(time * 1000).toISOString().slice(0, 10);
  return [
    `.TH EYAS 1 "${date}" "eyas ${version}" "User Commands"`,
    ".SH NAME",
    "eyas \\- runtime security for cloud\\-native machines",
    ".SH SYNOPSIS",
    ".B eyas",
    ".I command",
    ".RI [ options ]",
    ".SH DESCRIPTION",
    roff(description),
    ...verbatim(help),
    ...commands.flatMap(section),
    ".SH FILES",
    ...FILES.flatMap(([path, text]) => [".TP", `.I ${roff(path)}`, roff(text)]),
    "",
  ].join("\n");
}

const FILES = [
  ["/etc/eyas/eyas.yaml", "Configuration of the service eyas.service."],
  ["/etc/eyas/rules.d/", "Rules for this machine, loaded by the service after the default rules."],
  ["/var/lib/eyas/journal.db", "Alerts from the service."],
  ["/usr/lib/eyas/rules/", "The default rules."],
] as const;

function section({ words, help, commands }: CommandLine): string[] {
  return [`.SH ${roff(words.join(" ").toUpperCase())}`, ...verbatim(help), ...commands.flatMap(section)];
}

function verbatim(text: string): string[] {
  return [".nf", ...text.trimEnd().split("\n").map(roff), ".fi"];
}

/** Escapes a line of text, so that it has no roff commands. */
function roff(line: string): string {
  return line.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&");
}
