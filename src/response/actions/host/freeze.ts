import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { toByteString } from "../../../event/bytes.ts";
import { globTest } from "../../../event/glob.ts";
import type { Action, ActionRequest, ActionResult } from "../../action.ts";
import { textsIn, textsParameter } from "../../parameters.ts";
import { type Cgroup, cgroupsOf, isWithin } from "./cgroup.ts";
import { hostFields } from "./fields.ts";
import { holdProcess, processOf } from "./held.ts";
import { signalPidfd } from "./libc.ts";
import { lineOf } from "./proc.ts";
import { signalPermissions } from "./send.ts";

/** What a machine that people still want to reach can't do without. */
const NEVER = [
  "*/init.scope",
  "*/systemd-*.service",
  "*/dbus*.service",
  "*/ssh.service",
  "*/sshd.service",
  "*/NetworkManager.service",
  "*/containerd.service",
  "*/docker.service",
  "*/crio.service",
  "*/kubelet.service",
  "*/garden.service",
];

/** Milliseconds until all of a cgroup has to stand. */
const PATIENCE = 1000;

export const action: Action = {
  name: "host:freeze",
  about:
    "Freezes the cgroup of the alert's process: the service, session or container that it belongs to, all at once. Never " +
    "the root, a slice, or a cgroup that Eyas or one of those who started it is in.",
  parameters: {
    except: textsParameter("Cgroups that are never frozen; `*` and `?` stand for any text.", NEVER),
  },
  continues: true,
  cooldown: 1000,
  repeatable: true,
  ofProcess: true,
  isLocal: true,
  fields: hostFields,
  permissions: [
    "root, and the host's cgroups to write to (`/sys/fs/cgroup`): version 2, or version 1's freezer",
    ...signalPermissions.slice(1),
  ],
  target: processOf,
  async run(request) {
    const holding = holdProcess(request);
    if ("result" in holding) return holding.result;
    const { held } = holding;
    try {
      const [group] = cgroupsOf(held.pid).filter(({ path }) => path !== "/");
      signalPidfd(held.pidfd, 0); // It was not reaped: what was read is about it.
      if (group === undefined)
        return { outcome: "skipped", reason: `Process ${held.pid} is in no cgroup that could be frozen but the root.` };
      const never = whyNever(group, request);
      if (never !== undefined) return { outcome: "skipped", reason: never };
      return await freeze(group, request.signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { outcome: "failed", reason: `The cgroup of process ${held.pid} can't be frozen: ${reason}.` };
    } finally {
      held.close();
    }
  },
};

function whyNever({ path, version }: Cgroup, { parameters }: ActionRequest): string | undefined {
  if (path.endsWith(".slice")) return `The cgroup ${path} is a slice: it holds many services.`;
  for (const pid of lineOf(process.pid)) {
    const own = cgroupsOf(pid).find((each) => each.version === version);
    if (own !== undefined && isWithin(own.path, path))
      return `The cgroup ${path} holds ${pid === process.pid ? "Eyas itself" : `process ${pid}, which Eyas was started by`}.`;
  }
  const except = textsIn(parameters, "except").find((pattern) =>
    globTest(toByteString(pattern), false)(toByteString(path)),
  );
  return except === undefined ? undefined : `The cgroup ${path} is never frozen: it is like ${except}.`;
}

async function freeze({ path, folder, version }: Cgroup, signal: AbortSignal): Promise<ActionResult> {
  const [file, word, undo] = version === 2 ? ["cgroup.freeze", "1", "0"] : ["freezer.state", "FROZEN", "THAWED"];
  if (isFrozen(folder, version)) return { outcome: "skipped", reason: `The cgroup ${path} is frozen already.` };
  writeFileSync(`${folder}/${file}`, word);
  for (const end = Date.now() + PATIENCE; !isFrozen(folder, version); await sleep(5)) {
    if (Date.now() > end || signal.aborted)
      return { outcome: "done", answer: `Asked for the cgroup ${path} to be frozen; not all of it stands yet.` };
  }
  return { outcome: "done", answer: `Froze the cgroup ${path}; ${undo} in ${folder}/${file} lets it go on.` };
}

function isFrozen(folder: string, version: 1 | 2): boolean {
  return version === 2
    ? readFileSync(`${folder}/cgroup.events`, "utf8").includes("frozen 1")
    : readFileSync(`${folder}/freezer.state`, "utf8").startsWith("FROZEN");
}
