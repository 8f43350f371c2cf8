import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { buildRing } from "../uring/ring.ts";
import type { Suite } from "./behaviour.ts";

const SHADOW = "Credential file read by unexpected program";
const CRON = "Scheduled job created or modified";
const KEYS = "SSH authorized_keys file modified";
const LOG_REMOVED = "Log file removed or overwritten";
const HISTORY = "Shell history cleared";
const CREATED = "Use of io_uring by program in temporary directory";

/** A loopback port that a ring connects to. */
export const PORT = 49_999;
/** Name of the rule in the live test for the connection. */
export const OUTBOUND = "Outbound connection by the test";

const job = `/etc/cron.d/eyas-uring-${process.pid}`;
const log = `/var/log/eyas-uring-${process.pid}.log`;
/** Files in the directory of each row. */
const FILES = ["file", "moved", ".bash_history"];

/** An action: description, matching rule, operations, and options of the ring. */
export type Row = readonly [what: string, rule: string, words: readonly string[], ...options: string[]];

const DIRECT = ["openat", "innocent", "0", ",", "read", ",", "close", "0"];

/** Operations that the kernel performs for a ring. */
export const ROWS: readonly Row[] = [
  ["/etc/shadow read with OPENAT", SHADOW, ["openat", "/etc/shadow", "0"]],
  ["/etc/shadow read with OPENAT2", SHADOW, ["openat2", "/etc/shadow", "0"]],
  ["/etc/shadow read by the kernel's polling thread", SHADOW, ["openat", "/etc/shadow", "0"], "--sqpoll"],
  ["/etc/shadow read by a kernel worker", SHADOW, ["openat", "/etc/shadow", "0"], "--async"],
  [
    "/etc/shadow read by a kernel worker, with deferred completion",
    SHADOW,
    ["openat", "/etc/shadow", "0"],
    "--defer",
    "--async",
  ],
  ["/etc/shadow read through a symbolic link", SHADOW, ["openat", "innocent", "0"]],
  ["/etc/shadow read without a descriptor", SHADOW, DIRECT, "--direct"],
  ["/etc/shadow read without a descriptor and without a completion", SHADOW, DIRECT, "--direct", "--skip"],
  [
    "/etc/shadow read through a path of 2,000 bytes",
    SHADOW,
    ["openat", `${"/".repeat(2000)}proc/self/root/etc/shadow`, "0"],
  ],
  ["a job created with OPENAT", CRON, ["openat", job, "0102"]],
  ["a job written with OPENAT", CRON, ["openat", job, "0101"]],
  ["a job moved with RENAMEAT", CRON, ["renameat2", "moved", job]],
  ["a job linked with LINKAT", CRON, ["linkat", "file", job]],
  ["a job linked with SYMLINKAT", CRON, ["symlinkat", "/bin/true", job]],
  ["a job linked with SYMLINKAT without a completion", CRON, ["symlinkat", "/bin/true", job], "--skip"],
  ["keys moved with RENAMEAT", KEYS, ["renameat2", "moved", ".ssh/authorized_keys"]],
  [
    "a link to /etc/shadow with SYMLINKAT",
    "Symbolic link created to credential path",
    ["symlinkat", "/etc/shadow", "symbolic"],
  ],
  ["a link to /etc/shadow with LINKAT", "Hard link created to credential file", ["linkat", "/etc/shadow", "hard"]],
  ["a history removed with UNLINKAT", HISTORY, ["unlinkat", ".bash_history"]],
  ["a history moved with RENAMEAT", HISTORY, ["renameat2", ".bash_history", "notes"]],
  ["a log removed with UNLINKAT", LOG_REMOVED, ["unlinkat", log]],
  ["a ring created by a program in /var/tmp", CREATED, ["close", "99"]],
  ["a connection with CONNECT", OUTBOUND, ["connect", "127.0.0.1", `${PORT}`]],
  ["a connection with CONNECT without a completion", OUTBOUND, ["connect", "127.0.0.1", `${PORT}`], "--skip"],
];

/**
 * The program of {@link ROWS} in a separate directory on the file system of `/`, so that files can be hard-linked
 * between the directory and `/etc`.
 */
export class Ring {
  readonly folder = mkdtempSync("/var/tmp/eyas-uring-");
  readonly #program = buildRing(this.folder);
  readonly #server: Server = createServer().listen(PORT, "127.0.0.1").unref();

  constructor() {
    symlinkSync("/etc/shadow", join(this.folder, "innocent"));
    mkdirSync(join(this.folder, ".ssh"));
  }

  /** Restores the files of a row, and returns its command. */
  command([, , words, ...options]: Row): string[] {
    for (const path of [job, ...["symbolic", "hard"].map((name) => join(this.folder, name))])
      rmSync(path, { force: true });
    for (const path of [...FILES.map((name) => join(this.folder, name)), log]) writeFileSync(path, "# nothing\n");
    return [this.#program, ...options, ...words];
  }

  remove(): void {
    this.#server.close();
    for (const path of [this.folder, job, log]) rmSync(path, { recursive: true, force: true });
  }
}

/** Operations that a program submits to io_uring in place of system calls. */
export const uring: Suite = {
  title: "io_uring",
  about: "Operations that a program submits to an io_uring ring instead of making system calls.",
  async open() {
    const ring = new Ring();
    return {
      behaviours: ROWS.filter(([, rule]) => rule !== OUTBOUND).map((row) => ({
        name: row[0],
        rules: [row[1]],
        needs: ["root"],
        async act(stage) {
          const { code, output } = await stage.run(ring.command(row), { cwd: ring.folder });
          if (code !== 0) throw new Error(`exit ${code}: ${output.trim()}`);
        },
      })),
      close: () => ring.remove(),
    };
  },
};
