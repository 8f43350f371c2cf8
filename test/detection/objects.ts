import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Suite } from "./behaviour.ts";

export const READ = "Credential file read by unexpected program";
const JOB = "Scheduled job created or modified";
const UNIT = "Systemd unit created or modified";
const LINKER = "Dynamic linker configuration modified";
const SUDO = "Sudo rules modified";
const KEYS = "SSH authorized_keys file modified";
const LOGIN = "Login configuration modified";
const HOOK = "Boot script or event hook modified";
const STARTUP = "Shell startup file modified";
const LOG = "Log file removed or overwritten";
export const RULES = [LOG, READ, JOB, UNIT, LINKER, SUDO, KEYS, LOGIN, HOOK, STARTUP];

/** A directory on the file system of `/`, so that files in `/etc` can be hard-linked into it. */
export const folder = `/var/tmp/eyas-objects-${process.pid}`;
const program = join(folder, "objects");
const name = `eyas-${process.pid}`;
export const own = (way: string, ...words: string[]) => [program, way, ...words];
const cut = `/var/log/${name}.log`;
const shell = (script: string) => ["sh", "-c", `cd ${folder} && ${script}`];
/** Returns a command that runs a script in a separate mount namespace. */
const apart = (script: string) => ["unshare", "-m", ...shell(script)];

/** An access to a file: description, matching rule, real path, and the program with its arguments. */
export type Row = readonly [what: string, rule: string, real: string, command: readonly string[]];
const read = (what: string, command: readonly string[]): Row => [what, READ, "/etc/shadow", command];

/** Files that are read or written through another path. */
export const ROWS: readonly Row[] = [
  read("its path", shell("cat /etc/shadow")),
  read("/proc/self/root", shell("cat /proc/self/root/etc/shadow")),
  read("/proc/PID/task/TID/root", shell("cat /proc/$$/task/$$/root/etc/shadow")),
  read("/proc/self/cwd", ["sh", "-c", "cd /etc && cat /proc/self/cwd/shadow"]),
  read("a symbolic link to the file", shell("ln -s /etc/shadow l1 && cat l1")),
  read("a symbolic link to its directory", shell("ln -s /etc l2 && cat l2/shadow")),
  read("a relative symbolic link", shell("ln -s ../../../etc/shadow l3 && cat l3")),
  read("a chain of symbolic links", shell("ln -s /etc l4 && ln -s l4/shadow l5 && cat l5")),
  read("a hard link", shell("ln /etc/shadow hard && cat hard; rm hard")),
  read("a bind mount of its directory", apart("mkdir b1 && mount --bind /etc b1 && cat b1/shadow")),
  read("a bind mount of the file", apart("touch b2 && mount --bind /etc/shadow b2 && cat b2")),
  read(
    "an overlay of its directory",
    apart("mkdir o1 u1 w1 && mount -t overlay o -o lowerdir=/etc,upperdir=u1,workdir=w1 o1 && cat o1/shadow"),
  ),
  read(
    "an overlay of the root",
    apart(
      "mkdir o2 t && mount -t tmpfs t t && mkdir t/u t/w && mount -t overlay o -o lowerdir=/,upperdir=t/u,workdir=t/w o2 && cat o2/etc/shadow",
    ),
  ),
  read("chroot", apart("mkdir c && mount --bind / c && chroot c cat /etc/shadow")),
  read("openat2 with RESOLVE_IN_ROOT", own("in-root")),
  read("open_by_handle_at", own("handle")),
  read("a detached mount from open_tree", own("tree")),
  read("a mount moved with move_mount", shell(`mkdir moved && ${program} moved ${folder}/moved`)),
  read("a path of 1,024 bytes", own("slashes", "1024")),
  read("a path of 4,095 bytes", own("slashes", "4095")),
  read("a bind mount in a container without an overlay", shell(`mkdir jail && ${program} in-container ${folder}/jail`)),
  ["a file that was moved away", READ, "/etc/master.passwd", shell("mv /etc/master.passwd away && cat away")],
  read("descriptor 0", own("stdin")),
  read("an O_PATH descriptor", own("path-descriptor")),
  ...(process.arch === "x64"
    ? [read("open in a 32-bit program", own("open-32")), read("openat in a 32-bit program", own("openat-32"))]
    : []),
  read("a process that names itself sshd", own("renamed")),
  read("an executable at /usr/local/bin/sshd", ["/usr/local/bin/sshd-eyas/sshd", "/etc/shadow"]),
  read("an executable named su in another directory", [join(folder, "hs/su"), "/etc/shadow"]),
  read("a script named sudo", [join(folder, "hs/sudo")]),
  read(
    "cat mounted over a system program",
    apart("mount --bind /bin/cat /usr/bin/passwd && /usr/bin/passwd /etc/shadow"),
  ),

  [
    "a job created through a link to the directory",
    JOB,
    `/etc/cron.d/${name}`,
    shell(`ln -s /etc/cron.d d1 && echo '#' > d1/${name}`),
  ],
  [
    "a job created through a bind mount",
    JOB,
    `/etc/cron.d/${name}`,
    apart(`mkdir d2 && mount --bind /etc/cron.d d2 && echo '#' > d2/${name}`),
  ],
  [
    "a job created through /proc/self/root",
    JOB,
    `/etc/cron.daily/${name}`,
    shell(`echo '#' > /proc/self/root/etc/cron.daily/${name}`),
  ],
  [
    "a unit created through a link to the directory",
    UNIT,
    `/etc/systemd/system/${name}.service`,
    shell(`ln -s /etc/systemd/system d3 && echo '#' > d3/${name}.service`),
  ],
  [
    "a timer created through a bind mount",
    UNIT,
    `/etc/systemd/system/${name}.timer`,
    apart(`mkdir d4 && mount --bind /etc/systemd d4 && echo '#' > d4/system/${name}.timer`),
  ],
  [
    "a dynamic linker configuration file created through /proc/self/root",
    LINKER,
    `/etc/ld.so.conf.d/${name}.conf`,
    shell(`echo '#' > /proc/self/root/etc/ld.so.conf.d/${name}.conf`),
  ],
  [
    "a PAM file created through a bind mount",
    LOGIN,
    `/etc/pam.d/${name}`,
    apart(`mkdir d5 && mount --bind /etc/pam.d d5 && echo '#' > d5/${name}`),
  ],
  [
    "a boot script created through a link",
    HOOK,
    `/etc/init.d/${name}`,
    shell(`ln -s /etc/init.d d6 && echo '#' > d6/${name}`),
  ],
  [
    "sudo rules created through a bind mount",
    SUDO,
    `/etc/sudoers.d/${name}~`,
    apart(`mkdir -p d7 /etc/sudoers.d && mount --bind /etc/sudoers.d d7 && echo '#' > d7/${name}~`),
  ],
  [
    "a shell startup file changed through a link",
    STARTUP,
    `/etc/profile.d/${name}.txt`,
    shell(`ln -s /etc/profile.d d8 && echo '#' > d8/${name}.txt`),
  ],
  [
    "a log shortened with truncate through a link to its directory",
    LOG,
    cut,
    shell(`ln -s /var/log d9 && echo x > ${cut} && ${program} truncate d9/${name}.log`),
  ],
  ["a log shortened with truncate through a link", LOG, cut, shell(`ln -s ${cut} l9 && ${program} truncate l9`)],
  [
    "SSH keys changed through a link with another name",
    KEYS,
    join(folder, "authorized_keys"),
    shell("touch authorized_keys && ln -s authorized_keys notes && echo '#' >> notes"),
  ],
];

const CREATED = [
  ...ROWS.filter(([, rule, real]) => rule !== READ && real.startsWith("/etc/")).map(([, , real]) => real),
  cut,
  "/usr/local/bin/sshd-eyas",
  "/etc/master.passwd",
];

/** Builds the programs of {@link ROWS}. */
export function prepare(): void {
  mkdirSync(folder);
  const source = join(import.meta.dirname, "../live/objects.c");
  const { stderr } = spawnSync("cc", ["-O1", "-o", program, source, "-pthread"], { encoding: "utf8" });
  if (stderr !== "") throw new Error(stderr);
  for (const place of ["/usr/local/bin/sshd-eyas", join(folder, "hs")]) mkdirSync(place, { recursive: true });
  copyFileSync("/bin/cat", "/usr/local/bin/sshd-eyas/sshd");
  writeFileSync("/etc/master.passwd", "");
  copyFileSync("/bin/cat", join(folder, "hs/su"));
  writeFileSync(join(folder, "hs/sudo"), "#!/bin/sh\nread line < /etc/shadow\n", { mode: 0o755 });
}

/** Removes everything that {@link ROWS} created. */
export function remove(): void {
  for (const path of [folder, ...CREATED]) rmSync(path, { recursive: true, force: true });
}

export const objects: Suite = {
  title: "Files accessed through other paths",
  about:
    "Access to protected files through links, mounts, namespaces and long paths, and by programs with trusted names in unexpected directories.",
  async open() {
    prepare();
    return {
      behaviours: ROWS.map(([what, rule, , command]) => ({
        name: rule === READ ? `/etc/shadow read through ${what}` : what,
        rules: [rule],
        needs: ["root"],
        async act(stage) {
          const { code, output } = await stage.run(command);
          if (code !== 0) throw new Error(`exit ${code}: ${output.trim()}`);
        },
      })),
      close: remove,
    };
  },
};
