import type { CommandLine, CommandOption } from "./command-line.ts";

/** Returns the completion script for bash: commands, options, their values, and files. */
export function bashCompletion(program: CommandLine): string {
  const cases = linesOf(program).map(({ words, options, commands }) => {
    const offered = [...commands.map((one) => one.words.at(-1) ?? ""), ...options.flatMap(({ names }) => names)];
    return `    '${words.join(" ")}') offered='${offered.join(" ")}' ;;`;
  });
  // An option with other values offers no words, so bash offers files.
  const values = linesOf(program).flatMap(({ words, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ names, choices }) => {
        const patterns = names.map((name) => `'${words.join(" ")} ${name}'`).join(" | ");
        return `    ${patterns}) offered='${choices.join(" ")}' ;;`;
      }),
  );
  return `# Completion of eyas for bash.
_eyas() {
  local current=\${COMP_WORDS[COMP_CWORD]} command=eyas offered='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
      ${commandPatterns(program)}) command="$command $word" ;;
    esac
  done
  case "$command" in
${cases.join("\n")}
  esac
  case "$command \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}
complete -o default -F _eyas eyas
`;
}

/** Returns the completion script for zsh. */
export function zshCompletion(program: CommandLine): string {
  const cases = linesOf(program).map(({ words, options, commands }) => {
    const offered = [
      ...commands.map(({ words: own, description }) => [own.at(-1) ?? "", description] as const),
      ...options.flatMap(({ names, description }) => names.map((name) => [name, description] as const)),
    ];
    const items = offered.map(([name, about]) => quoted(`${name}:${about.replaceAll(":", " ")}`));
    return `    '${words.join(" ")}') offered=(${items.join(" ")}) ;;`;
  });
  return `#compdef eyas
# Completion of eyas for zsh.
_eyas() {
  local command=eyas word
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command $word" in
      ${commandPatterns(program)}) command="$command $word" ;;
    esac
  done
  case "$command" in
${cases.join("\n")}
  esac
  _describe eyas offered || _files
}
_eyas "$@"
`;
}

/** Returns the completion script for fish. */
export function fishCompletion(program: CommandLine): string {
  const lines = linesOf(program).flatMap(({ words, options, commands }) => {
    const [, ...below] = words;
    const seen = below.map((word) => `__fish_seen_subcommand_from ${word}`);
    const names = commands.map((one) => one.words.at(-1) ?? "");
    const unseen = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(" ")}`];
    const parts = below.length === 0 ? ["__fish_use_subcommand"] : [...seen, ...unseen];
    const condition = ` -n ${quoted(parts.join("; and "))}`;
    return [
      ...commands.map(
        ({ words: own, description }) => `complete -c eyas -f${condition} -a ${own.at(-1)} -d ${quoted(description)}`,
      ),
      ...options.map((option) => `complete -c eyas${condition}${fishOption(option)}`),
    ];
  });
  return `# Completion of eyas for fish.\n${lines.join("\n")}\n`;
}

function fishOption({ names, takesValue, description, choices }: CommandOption): string {
  const flags = names.map((name) => (name.startsWith("--") ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`));
  const values = choices.length === 0 ? "" : ` -x -a ${quoted(choices.join(" "))}`;
  return `${flags.join("")}${takesValue && choices.length === 0 ? " -r" : ""}${values} -d ${quoted(description)}`;
}

/** Returns a command and all of its subcommands. */
function linesOf(line: CommandLine): CommandLine[] {
  return [line, ...line.commands.flatMap(linesOf)];
}

/** Returns shell patterns for all commands except the program itself. */
function commandPatterns(program: CommandLine): string {
  return linesOf(program)
    .slice(1)
    .map(({ words }) => `'${words.join(" ")}'`)
    .join(" | ");
}

/**
 * Quotes text with single quotes, which the three shells interpret alike. Apostrophes in the text become typographic
 * ones, since the shells escape quotes differently.
 */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "’").replace(/\s+/g, " ")}'`;
}
