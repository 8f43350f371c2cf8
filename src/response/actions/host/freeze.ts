import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { toByteString } from "../../../event/bytes.ts";
import { globTest } from "../../../event/glob.ts";
import { ownerOfCgroup } from "../../../machine/container-id.ts";
import type { Action, ActionRequest, ActionResult } from "../../action.ts";
import { textsIn, textsParameter } from "../../parameters.ts";
import { type Cgroup, cgroupsOf, isWithin } from "./cgroup.ts";
import { hostFields } from "./fields.ts";
import { signalPidfd } from "./libc.ts";
import { ancestorsOf } from "./proc.ts";
import { openProcess, processTarget } from "./process.ts";
import { signalPermissions } from "./send.ts";

/** Cgroups that are not frozen by default, because the machine must remain reachable and manageable. */
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

/** Time to wait until a cgroup is frozen, in milliseconds. */
const FREEZE_TIMEOUT = 1000;

export const action: Action = {
  name: "host:freeze",
  about:
    "Freezes the cgroup of the alert's process, which is a whole service, session or container. Never freezes " +
    "the root cgroup, a slice, or a cgroup of Eyas or its ancestors. Users name the cgroups below their service " +
    "manager (`user@<uid>.service`), so slices and the default of `except` are not excluded there. Other processes of " +
    "the user can thaw such a cgroup: run `host:kill` if this matters.",
  example: 'except: ["*/ssh.service", "*/postgresql.service"]',
  parameters: {
    except: textsParameter("Cgroups that are never frozen, with the wildcards `*` and `?`.", NEVER),
  },
  continues: true,
  cooldown: 1000,
  repeatable: true,
  ofProcess: true,
  isLocal: true,
  fields: hostFields,
  permissions: [
    "root, and write access to the host's cgroups (`/sys/fs/cgroup`): version 2, or the freezer of version 1",
    ...signalPermissions.slice(1),
  ],
  target: processTarget,
  async run(request) {
    const opened = openProcess(request);
    if ("result" in opened) return opened.result;
    const { process: target } = opened;
    try {
      const [group] = cgroupsOf(target.pid).filter(({ path }) => path !== "/");
      signalPidfd(target.pidfd, 0); // The process has not been reaped yet, so its PID was not reused.
      if (group === undefined)
        return {
          outcome: "skipped",
          reason: `Process ${target.pid} is only in the root cgroup, which cannot be frozen.`,
        };
      const never = whyProtected(group, request);
      if (never !== undefined) return { outcome: "skipped", reason: never };
      return await freeze(group, request.signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { outcome: "failed", reason: `Cannot freeze the cgroup of process ${target.pid}: ${reason}.` };
    } finally {
      target.close();
    }
  },
};

function whyProtected({ path, version }: Cgroup, { parameters }: ActionRequest): string | undefined {
  const isNamedByUser = ownerOfCgroup(path) !== undefined;
  if (path.endsWith(".slice") && !isNamedByUser) return `The cgroup ${path} is a slice, which contains many services.`;
  for (const pid of ancestorsOf(process.pid)) {
    const own = cgroupsOf(pid).find((each) => each.version === version);
    if (own !== undefined && isWithin(own.path, path))
      return `The cgroup ${path} contains ${pid === process.pid ? "Eyas itself" : `process ${pid}, an ancestor of Eyas`}.`;
  }
  const except = textsIn(parameters, "except").find(
    (pattern) =>
      !(isNamedByUser && NEVER.includes(pattern)) && globTest(toByteString(pattern), false)(toByteString(path)),
  );
  return except === undefined ? undefined : `The cgroup ${path} is protected: it matches ${except}.`;
}

async function freeze({ path, folder, version }: Cgroup, signal: AbortSignal): Promise<ActionResult> {
  const [file, word, undo] = version === 2 ? ["cgroup.freeze", "1", "0"] : ["freezer.state", "FROZEN", "THAWED"];
  if (isFrozen(folder, version)) return { outcome: "skipped", reason: `The cgroup ${path} is already frozen.` };
  writeFileSync(`${folder}/${file}`, word);
  for (const end = performance.now() + FREEZE_TIMEOUT; !isFrozen(folder, version); await sleep(5)) {
    if (performance.now() > end || signal.aborted)
      return { outcome: "done", answer: `Requested to freeze the cgroup ${path}; some processes are still running.` };
  }
  return { outcome: "done", answer: `Froze the cgroup ${path}; to thaw it, write ${undo} to ${folder}/${file}.` };
}

function isFrozen(folder: string, version: 1 | 2): boolean {
  return version === 2
    ? readFileSync(`${folder}/cgroup.events`, "utf8").includes("frozen 1")
    : readFileSync(`${folder}/freezer.state`, "utf8").startsWith("FROZEN");
}
