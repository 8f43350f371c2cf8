import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";

/** Options and environment with which bin/eyas starts Node.js for a command. */
export interface Start {
  /** Node.js and V8 options. */
  readonly flags: readonly string[];
  /** Environment variables that are set unless the user has set them. */
  readonly variables: Readonly<Record<string, string>>;
}

const NODE = "node_modules/node-linux-recorded/bin/node";
const PROGRAM = "built/cli-main.mjs";
/** Prints the arguments and the environment, each terminated by a NUL. */
const RECORDER = `#!/bin/sh\nprintf '%s\\0' "$@"\nprintf '\\n\\0'\nenv -0\n`;
/** NODE_COMPILE_CACHE is set so that bin/eyas does not choose a cache directory on this machine. */
const ENVIRONMENT = { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: "none" };
/** Variables that shells set themselves. */
const OF_SHELLS = new Set(["PWD", "OLDPWD", "SHLVL", "_"]);

/** Options and environment with which bin/eyas starts the commands of the program. */
export interface Starts {
  readonly usual: Start;
  /** Commands that are started with other options or another environment. */
  readonly others: ReadonlyMap<string, Start>;
}

/**
 * Returns how bin/eyas starts commands, by running it with a stand-in for Node.js, so that flags are defined only in
 * bin/eyas.
 * @param script text of bin/eyas
 * @throws if the script fails, or starts something else
 */
export function recordStarts(script: string | Buffer, commands: readonly string[]): Starts {
  const home = mkdtempSync(join(tmpdir(), "eyas-launcher-"));
  try {
    for (const [path, content, mode] of [
      ["bin/eyas", script, 0o755],
      [NODE, RECORDER, 0o755],
      [PROGRAM, "", 0o644],
    ] as const) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), content, { mode });
    }
    const usual = recordStart(home, "");
    const all = commands.map((command) => [command, recordStart(home, command)] as const);
    return { usual, others: new Map(all.filter(([, start]) => !isDeepStrictEqual(start, usual))) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function recordStart(home: string, command: string): Start {
  // Other flags would be recorded if this process had a limit on its address space.
  const words = ["-c", 'ulimit -v unlimited; exec "$0" "$1"', join(home, "bin/eyas"), command];
  const { status, stdout, stderr } = spawnSync("sh", words, { encoding: "utf8", env: ENVIRONMENT });
  if (status !== 0) throw new Error(`bin/eyas ${command} failed while its flags were recorded: ${stderr.trim()}`);
  const texts = stdout.split("\0").slice(0, -1);
  const end = texts.indexOf("\n");
  const argv = texts.slice(0, end);
  if (end < 2 || argv.at(-2) !== join(home, PROGRAM) || argv.at(-1) !== command)
    throw new Error(`bin/eyas ${command} did not start ${PROGRAM}: ${argv.join(" ")}`);
  const variables = texts.slice(end + 1).flatMap((text) => {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    return Object.hasOwn(ENVIRONMENT, name) || OF_SHELLS.has(name) ? [] : [[name, value] as const];
  });
  return { flags: argv.slice(0, -2), variables: Object.fromEntries(variables) };
}

/**
 * Returns a launcher for systems without a shell: a script that Node.js interprets, and that replaces itself with
 * Node.js and the program.
 * @param home absolute path of the program's directory
 * @param node absolute path of Node.js
 */
export function launcher(home: string, node: string, { usual, others }: Starts): string {
  return `#!${node} --disable-warning=ExperimentalWarning
// Starts Eyas as the script bin/eyas of the other packages does, but without a shell.
const usual = ${JSON.stringify(usual)};
const others = new Map(${JSON.stringify([...others])});
const words = process.argv.slice(2);
const { flags, variables } = others.get(words[0]) ?? usual;
const program = ${JSON.stringify(join(home, PROGRAM))};
process.execve(process.execPath, [process.execPath, ...flags, program, ...words], { ...variables, ...process.env });
`;
}
