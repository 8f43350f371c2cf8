import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Path of runc for container engines in tests. Docker 20.10 and Podman 4.3 request all capabilities, so runc fails if
 * root lacks some. In this case, the path is that of a script that removes them, and limits that require them, from the
 * container specification.
 */
export function runcFor(folder: string): string {
  const runc = spawnSync("sh", ["-c", "command -v runc"], { encoding: "utf8" }).stdout.trim();
  const bounding = /^CapBnd:\s*(\w+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const all = (1n << (BigInt(readFileSync("/proc/sys/kernel/cap_last_cap", "utf8")) + 1n)) - 1n;
  if (BigInt(`0x${bounding}`) === all) return runc;
  mkdirSync(join(folder, "bin"));
  const path = join(folder, "bin/runc"); // Podman identifies runtimes by their file name
  const script = join(import.meta.dirname, "restricted-runc.fixture.ts");
  writeFileSync(
    path,
    `#!/bin/sh
case " $* " in
  *" create "* | *" run "* | *" exec "*) '${process.execPath}' --disable-warning=ExperimentalWarning '${script}' "$@" || exit 1 ;;
esac
exec '${runc}' "$@"
`,
  );
  chmodSync(path, 0o755);
  return path;
}
