import { toByteString } from "../../event/bytes.ts";
import type { GroupRecord, UserRecord } from "../../event/snapshot.ts";
import type { Reading } from "../reading.ts";

const NOLOGIN = "/usr/sbin/nologin";

/** Default accounts: name, uid and gid, home directory, shell. */
const USUAL: readonly (readonly [name: string, uid: number, home: string, shell: string])[] = [
  ["root", 0, "/root", "/bin/bash"],
  ["daemon", 1, "/usr/sbin", NOLOGIN],
  ["bin", 2, "/bin", NOLOGIN],
  ["sync", 4, "/bin", "/bin/sync"],
  ["games", 5, "/usr/games", NOLOGIN],
  ["man", 6, "/var/cache/man", NOLOGIN],
  ["lp", 7, "/var/spool/lpd", NOLOGIN],
  ["mail", 8, "/var/mail", NOLOGIN],
  ["news", 9, "/var/spool/news", NOLOGIN],
  ["uucp", 10, "/var/spool/uucp", NOLOGIN],
  ["ftp", 21, "/srv/ftp", NOLOGIN],
  ["www-data", 33, "/var/www", NOLOGIN],
  ["apache", 48, "/usr/share/httpd", NOLOGIN],
  ["nginx", 101, "/var/cache/nginx", NOLOGIN],
  ["mysql", 110, "/var/lib/mysql", "/bin/false"],
  ["redis", 111, "/var/lib/redis", NOLOGIN],
  ["sshd", 112, "/run/sshd", NOLOGIN],
  ["postgres", 114, "/var/lib/postgresql", "/bin/bash"],
  ["nobody", 65534, "/nonexistent", NOLOGIN],
];

const FIRST_PERSON = 1000;

/** Accounts of the machine in a test. Unknown names get an account with a UID from 1000, a home directory and bash. */
export class Accounts {
  readonly users: UserRecord[] = USUAL.map(([name, uid, home, shell]) => ({ uid, gid: uid, name, home, shell }));
  readonly groups: GroupRecord[] = USUAL.map(([name, gid]) => ({ gid, name }));
  private next = FIRST_PERSON;

  /** Adds the `users` of a test file: `{name: uid}` or `{name: {uid, gid, home, shell}}`. */
  define(reading: Reading): void {
    for (const { key, value } of reading.entries('"users"')) {
      const about = `user "${key}"`;
      const keys = value.isMapping ? value.keyed(about, ["uid", "gid", "home", "shell"]) : new Map([["uid", value]]);
      const uid = keys.get("uid")?.integer(`"uid" of ${about}`) ?? this.next++;
      const gid = keys.get("gid")?.integer(`"gid" of ${about}`) ?? uid;
      const home = keys.get("home")?.text(`"home" of ${about}`) ?? `/home/${key}`;
      const shell = keys.get("shell")?.text(`"shell" of ${about}`) ?? "/bin/bash";
      const name = toByteString(key);
      for (const list of [this.users, this.groups]) {
        const at = list.findIndex((known) => known.name === name);
        if (at >= 0) list.splice(at, 1);
      }
      this.users.push({ uid, gid, name, home: toByteString(home), shell: toByteString(shell) });
      this.groups.push({ gid, name });
    }
  }

  user(reading: Reading, what: string): { uid: number; gid: number } {
    const { number } = reading;
    if (number !== undefined) {
      const uid = Number(number);
      return { uid, gid: this.users.find((user) => user.uid === uid)?.gid ?? uid };
    }
    const name = toByteString(reading.text(what));
    const known = this.users.find((user) => user.name === name);
    if (known !== undefined) return known;
    while (this.users.some(({ uid }) => uid === this.next)) this.next++;
    const uid = this.next++;
    const user: UserRecord = { uid, gid: uid, name, home: `/home/${name}`, shell: "/bin/bash" };
    this.users.push(user);
    this.groups.push({ gid: uid, name });
    return user;
  }

  group(reading: Reading, what: string): number {
    const { number } = reading;
    if (number !== undefined) return Number(number);
    const name = toByteString(reading.text(what));
    const known = this.groups.find((group) => group.name === name);
    if (known !== undefined) return known.gid;
    const gid = this.next++;
    this.groups.push({ gid, name });
    return gid;
  }
}
