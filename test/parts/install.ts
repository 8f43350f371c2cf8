// Installs missing parts that tests need; called by scripts/test.sh. As root on Debian, it installs packages; it builds
// servers from package registries if their tools are available. A part that cannot be installed is reported, and only
// the tests that need it are skipped. Fast if nothing is missing.
//
//   node test/parts/install.ts           all; slow builds continue in the background
//   node test/parts/install.ts --slow    slow builds, in the foreground
import { isWholeDrill } from "../guest/whole-drill.ts";
import { candidates, install, update, withBackports } from "./apt.ts";
import { build, buildBeside, buildLog, builtBeside } from "./building.ts";
import { markInstalled } from "./installation.ts";
import { includesKubernetes, kubernetesParts } from "./kubernetes/parts.ts";
import { findProgram, type Part } from "./part.ts";
import { parts } from "./parts.ts";
import { otherKernels } from "./programs.ts";

const say = (line: string): void => console.log(line);
const excluded: readonly Part[] = [
  ...(includesKubernetes() ? [] : kubernetesParts),
  ...(isWholeDrill ? [] : otherKernels),
];
const all: readonly Part[] = parts.filter((part: Part) => !excluded.includes(part));
const isMissing = (part: Part): boolean => part.missing() !== undefined;

/** Installs the packages of these parts. @returns the reasons of failures, by the name of the part */
function installPackages(wanted: readonly Part[]): Map<string, string> {
  const why = new Map<string, string>();
  say(`Installing for the tests: ${wanted.map(({ name }) => name).join(", ")} …`);
  const stale = update();
  if (stale !== undefined) say(`apt-get update failed: ${stale}`);

  const names = wanted.flatMap(({ packages = [] }) => packages.flat());
  const available = candidates(names);
  const chosen = new Set<string>();
  const nowhere: Part[] = [];
  for (const part of wanted) {
    for (const choices of part.packages ?? []) {
      const name = choices.find((each) => available.has(each));
      if (name !== undefined) chosen.add(name);
      else nowhere.push(part);
    }
  }
  const refused = installAll([...chosen]);
  if (nowhere.some(isMissing)) for (const [name, reason] of installBackports(nowhere)) refused.set(name, reason);
  for (const part of wanted) {
    const own = (part.packages ?? []).flat();
    const reason = own.map((name) => refused.get(name)).find((each) => each !== undefined);
    const absent = own.length === 0 ? part.missing() : `apt has no package ${own.join(" or ")}`;
    why.set(part.name, reason ?? absent ?? "");
  }
  return why;
}

/** Installs packages together, or one by one if that fails. @returns the reasons given by apt, by package */
function installAll(names: readonly string[], ...options: readonly string[]): Map<string, string> {
  const refused = new Map<string, string>();
  if (names.length === 0 || install(names, ...options) === undefined) return refused;
  for (const name of names) {
    const reason = install([name], ...options);
    if (reason !== undefined) refused.set(name, reason);
  }
  return refused;
}

/** Installs packages that are only in backports, the first choice that is available for each. */
function installBackports(wanted: readonly Part[]): Map<string, string> {
  const needed = wanted.flatMap(({ packages = [] }) => packages);
  const none = new Map<string, string>();
  return (
    withBackports((options, suite) => {
      const available = candidates(needed.flat(), ...options);
      const chosen = needed.map((choices) => choices.find((name) => available.has(name)));
      return installAll([...new Set(chosen.filter((name) => name !== undefined))], ...options, "-t", suite);
    }) ?? none
  );
}

async function bringAll(): Promise<void> {
  const unpacked = all.filter((part) => part.packages !== undefined && isMissing(part));
  if (unpacked.length > 0) {
    const canInstall = process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
    const why = canInstall ? installPackages(unpacked) : new Map<string, string>();
    const left = unpacked.filter((part) => isMissing(part) && part.build === undefined); // builds report failures
    if (left.length > 0) say("Not available; tests that need them are skipped:");
    for (const part of left)
      say(`  ${part.name}: ${why.get(part.name) ?? `${part.missing()}; run as root on Debian to install it`}`);
  }
  markInstalled("packages");
  const unbuilt = all.filter((part) => part.build !== undefined && isMissing(part));
  await build(
    unbuilt.filter(({ slow }) => slow !== true),
    say,
  );
  const slow = unbuilt.filter((part) => part.slow === true);
  if (slow.length === 0) return;
  say(`Building in the background: ${slow.map(({ name }) => name).join(", ")} (log: ${buildLog}).`);
  buildBeside(process.execPath, import.meta.filename, "--slow");
}

if (process.argv.includes("--slow")) {
  try {
    await build(
      all.filter((part) => part.slow === true && isMissing(part)),
      say,
    );
  } finally {
    builtBeside();
  }
} else await bringAll();
