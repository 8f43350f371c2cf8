import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** The only program in test images. It is statically linked and needs no other files. */
export const busybox = ["/usr/bin/busybox", "/bin/busybox"].find((path) => existsSync(path));

/** Name of the image in tests. */
export const IMAGE = "registry.local:5000/acme/busybox:1.37";

/** Writes `rootfs.tar` into a directory: a root file system with busybox and its commands. */
export function rootArchive(folder: string): string {
  const root = join(folder, "rootfs");
  for (const name of ["bin", "etc", "proc", "sys", "tmp", "dev", "mnt"])
    mkdirSync(join(root, name), { recursive: true });
  if (busybox === undefined) throw new Error("busybox-static is not installed");
  copyFileSync(busybox, join(root, "bin/busybox"));
  for (const name of ["sh", "cat", "sleep", "true", "env", "id", "ls", "nc", "wget"]) {
    if (!existsSync(join(root, "bin", name))) symlinkSync("busybox", join(root, "bin", name));
  }
  spawnSync("sh", [
    "-c",
    `echo root:x:0:0::/:/bin/sh >'${root}/etc/passwd'; echo root:*:1:0:::::: >'${root}/etc/shadow'`,
  ]);
  const archive = join(folder, "rootfs.tar");
  execFileSync("tar", ["-C", root, "-cf", archive, "."]);
  return archive;
}
