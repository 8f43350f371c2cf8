/** An option of the program `falco`. */
export interface FalcoOption {
  /** Flags with the placeholder of the value: `-c <path>`, `-o, --option <key=value>`. */
  readonly flags: string;
  readonly about: string;
  /** Set if the option prints information and exits. */
  readonly prints?: true;
  /** Set if the option can be repeated. */
  readonly many?: true;
  /** Difference from the effect in Falco. */
  readonly differs?: string;
}

/** All options of `falco` 0.44, in the same order. `eyas falco` has exactly these options; `eyas run` includes them. */
export const falcoOptions: readonly FalcoOption[] = [
  { flags: "-h, --help", about: "print this help" },
  {
    flags: "-c <path>",
    about: "configuration file; default: /etc/falco/falco.yaml",
    differs: "Without this option, `eyas run` uses the default configuration.",
  },
  {
    flags: "--config-schema",
    prints: true,
    about: "print the JSON schema of the configuration",
    differs: "The schema also contains the keys of Eyas.",
  },
  { flags: "--rule-schema", prints: true, about: "print the JSON schema of rule files" },
  {
    flags: "--disable-source <source>",
    about: "do not read events of this source (repeatable)",
    many: true,
    differs: "If the source is not enabled, Eyas logs a notice; Falco does not start.",
  },
  { flags: "--dry-run", about: "validate configuration and rules, print the number of active rules, and exit" },
  { flags: "--enable-source <source>", about: "read only events of this source (repeatable)", many: true },
  {
    flags: "-i",
    prints: true,
    about: "print the high-frequency system calls that are not watched by default",
  },
  {
    flags: "-L",
    prints: true,
    about: "list all rules; with json_output, print them as JSON with macros and lists",
    differs:
      "In JSON, `condition_compiled` also quotes values that contain parentheses or commas, and arrays are sorted.",
  },
  { flags: "-l <rule>", prints: true, about: "describe a rule; with json_output, print JSON", differs: "See `-L`." },
  {
    flags: "--list [source]",
    prints: true,
    about: "list the fields of all sources, or of one source",
    differs: "The text output has a different layout.",
  },
  {
    flags: "--list-events",
    prints: true,
    about: "list all event types",
    differs: "The text output has a different layout.",
  },
  {
    flags: "--list-plugins",
    prints: true,
    about: "list the plugins in the configuration, and their built-in replacements",
    differs: "Plugins are not loaded; the list shows which ones are built in.",
  },
  { flags: "-M <seconds>", about: "stop after this many seconds" },
  { flags: "--markdown", about: "deprecated: --format markdown" },
  { flags: "--format <format>", about: "format of --list and --list-events: text, markdown or json" },
  { flags: "-N", about: "print only names with --list" },
  {
    flags: "-o, --option <key=value>",
    about: "set a configuration key, such as engine.kind=nodriver or list[0]=text (repeatable)",
    many: true,
  },
  {
    flags: "--plugin-info <name>",
    prints: true,
    about: "print the built-in replacement of a plugin, and its options",
    differs: "Plugins are not loaded; the output shows the built-in replacement.",
  },
  {
    flags: "-p, --print <text>",
    about: "deprecated: append text with %fields to alerts; -pc container, -pk pod",
    differs: "`-pk` adds the same fields as `-pc`.",
  },
  { flags: "-P, --pidfile <file>", about: "write the process ID to this file while running" },
  {
    flags: "-r <path>",
    about: "rule file or directory to load instead of the configured ones (repeatable)",
    many: true,
  },
  {
    flags: "--support",
    prints: true,
    about: "print versions, machine, configuration and rule files as JSON",
    differs: "Configuration values that may be secret are hidden.",
  },
  { flags: "-U, --unbuffered", about: "flush outputs after each alert" },
  {
    flags: "-V, --validate <path>",
    prints: true,
    about: "validate rule files and exit (repeatable)",
    many: true,
    differs: "Prints all errors with line numbers.",
  },
  { flags: "-v", about: "increase verbosity (log_level=debug)", differs: "Sets the log level `debug`." },
  { flags: "--version", prints: true, about: "print versions" },
  { flags: "--page-size", prints: true, about: "print the memory page size of the machine" },
];
