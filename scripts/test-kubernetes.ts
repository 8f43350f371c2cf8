// Builds the parts that the tests with a Kubernetes API server need, unless they are cached, and runs these tests.
// Called by `npm run test:kubernetes`; arguments after `--` are passed to vitest.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildKubernetes, kubernetesParts, needsKubernetes } from "../test/parts/kubernetes/parts.ts";
import { cacheFolder, type Part } from "../test/parts/part.ts";
import { parts } from "../test/parts/parts.ts";

const top = join(import.meta.dirname, "..");
const files = globSync("{src,test}/**/*.test.ts", { cwd: top }).filter((file) =>
  needsKubernetes(readFileSync(join(top, file), "utf8")),
);

/** Shows the progress of a build on a terminal, once per second. */
function progressOf(name: string): { line(text: string): void; end(): void } {
  if (!process.stderr.isTTY) return { line() {}, end() {} };
  const start = Date.now();
  let [lines, last] = [0, ""];
  const show = (): void => {
    const seconds = Math.round((Date.now() - start) / 1000);
    const status = `${name}: ${seconds} s, ${lines} packages downloaded or compiled ${last}`;
    process.stderr.write(`\r\x1b[K${status.slice(0, (process.stderr.columns || 80) - 1)}`);
  };
  const timer = setInterval(show, 1000);
  return {
    line(text) {
      lines++;
      last = text;
    },
    end() {
      clearInterval(timer);
      process.stderr.write("\r\x1b[K");
    },
  };
}

async function main(): Promise<number> {
  // A missing program in KUBE_APISERVER is reported below.
  const unbuilt = kubernetesParts.filter((part) => part.missing() !== undefined).map(({ name }) => name);
  if (unbuilt.includes("helm") || (unbuilt.length > 0 && process.env.KUBE_APISERVER === undefined)) {
    console.error(`Building kube-apiserver and Helm into ${cacheFolder} (once, takes minutes) …`);
    const progress = progressOf("kube-apiserver, Helm");
    try {
      await buildKubernetes(progress.line);
    } finally {
      progress.end();
    }
  }
  const missing = new Map<string, string>();
  const needed: readonly Part[] = parts.filter(({ name }) => ["openssl", "kubectl", "etcd"].includes(name));
  for (const part of [...needed, ...kubernetesParts]) {
    const why = part.missing();
    if (why !== undefined) missing.set(part.name, why);
    else console.error(`${part.name} ${part.version?.() ?? ""}`);
  }
  if (missing.size > 0) {
    console.error(
      `These tests cannot run: ${[...missing.values()].join("; ")}. Run 'npm test' as root to install Debian packages.`,
    );
    return 1;
  }
  const env = { ...process.env, EYAS_COMPLETE: "1" };
  const words = ["run", ...files, ...process.argv.slice(2)];
  const { status } = spawnSync("vitest", words, { cwd: top, env, stdio: "inherit" });
  return status ?? 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`test:kubernetes: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
