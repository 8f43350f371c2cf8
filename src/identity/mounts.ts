/** File systems whose server may never answer: local and read-write ones answer at once. */
const REMOTE = /^(?:fuse|fuseblk|nfs|nfs4|cifs|smb3|9p|ceph|afs|glusterfs|lustre|gpfs|beegfs|coda|davfs)(?:\.|$)/;

/**
 * Whether a path is on a file system whose server, possibly an attacker's, can block a reader.
 * @param mountinfo the text of `/proc/PID/mountinfo`
 */
export function isRemote(mountinfo: string, path: string): boolean {
  let best = -1;
  let type = "";
  for (const line of mountinfo.split("\n")) {
    // ID, parent, device, root, mount point, options, optional fields, "-", type, …
    const words = line.split(" ");
    const point = unescaped(words[4] ?? "");
    const dash = words.indexOf("-", 6);
    const covers = point === "/" || path === point || path.startsWith(`${point}/`);
    if (dash < 0 || !covers || point.length < best) continue; // of equal ones, the last is on top
    best = point.length;
    type = words[dash + 1] ?? "";
  }
  return REMOTE.test(type);
}

/** Spaces and the like are octal numbers after a backslash. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
