import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "../../src/drill/action.ts";
import { buildRing } from "../uring/ring.ts";
import type { Behaviour, Suite } from "./behaviour.ts";

const READ = "Credential file read by unexpected program";
const JOB = `/etc/cron.d/eyas-uring-${process.pid}`;
const LOG = `/var/log/eyas-uring-${process.pid}.log`;

/** Calls that a program leaves to the kernel through io_uring. */
export const uring: Suite = {
  title: "io_uring",
  about: "Operations that a program submits to a ring instead of making system calls.",
  async open() {
    const folder = mkdtempSync("/var/tmp/eyas-uring-");
    const program = buildRing(folder);
    const at = (name: string) => join(folder, name);
    async function ring(stage: Stage, ...words: readonly string[]): Promise<void> {
      const { code, output } = await stage.run([program, ...words], { cwd: folder });
      if (code !== 0) throw new Error(`exit ${code}: ${output.trim()}`);
    }
    const history = (...words: readonly string[]) => {
      return (stage: Stage) => {
        writeFileSync(at(".bash_history"), "ls\n");
        return ring(stage, ...words);
      };
    };
    const behaviours: readonly Omit<Behaviour, "needs">[] = [
      {
        name: "/etc/shadow read with OPENAT",
        rules: [READ],
        act: (stage) => ring(stage, "openat", "/etc/shadow", "0"),
      },
      {
        name: "/etc/shadow read with OPENAT2",
        rules: [READ],
        act: (stage) => ring(stage, "openat2", "/etc/shadow", "0"),
      },
      {
        name: "a job created with OPENAT",
        rules: ["Scheduled job created or modified"],
        act: (stage) => ring(stage, "openat", JOB, "0102"),
      },
      {
        name: "a job moved with RENAMEAT",
        rules: ["Scheduled job created or modified"],
        act(stage) {
          writeFileSync(at("job"), "# nothing\n");
          return ring(stage, "renameat2", at("job"), JOB);
        },
      },
      {
        name: "a link to /etc/shadow with SYMLINKAT",
        rules: ["Symbolic link created to credential path"],
        act: (stage) => ring(stage, "symlinkat", "/etc/shadow", at("symbolic")),
      },
      {
        name: "a link to /etc/shadow with LINKAT",
        rules: ["Hard link created to credential file"],
        act: (stage) => ring(stage, "linkat", "/etc/shadow", at("hard")),
      },
      {
        name: "a history removed with UNLINKAT",
        rules: ["Shell history cleared"],
        act: history("unlinkat", at(".bash_history")),
      },
      {
        name: "a history moved with RENAMEAT",
        rules: ["Shell history cleared"],
        act: history("renameat2", at(".bash_history"), at("notes")),
      },
      {
        name: "a log removed with UNLINKAT",
        rules: ["Log file removed or overwritten"],
        act(stage) {
          writeFileSync(LOG, "x\n");
          return ring(stage, "unlinkat", LOG);
        },
      },
    ];
    return {
      behaviours: behaviours.map((behaviour) => ({ ...behaviour, needs: ["root"] })),
      close() {
        for (const path of [folder, JOB, LOG]) rmSync(path, { recursive: true, force: true });
      },
    };
  },
};
