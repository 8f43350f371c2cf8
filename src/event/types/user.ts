/** Event types of calls for user IDs, group IDs and quotas. See `parse.ts` for the format of a row. */
export const userTypes = `
[user syscall]
190 QUOTACTL_E quotactl old converted: cmd FLAGS16 dec quotactl_cmds, type FLAGS8 quotactl_types, id UINT32,
    quota_fmt FLAGS8 quotactl_quota_fmts
191 QUOTACTL_X quotactl converted: res ERRNO, special CHARBUF, quotafilepath CHARBUF, dqb_bhardlimit UINT64,
    dqb_bsoftlimit UINT64, dqb_curspace UINT64, dqb_ihardlimit UINT64, dqb_isoftlimit UINT64, dqb_btime RELTIME,
    dqb_itime RELTIME, dqi_bgrace RELTIME, dqi_igrace RELTIME, dqi_flags FLAGS8 quotactl_dqi_flags, quota_fmt_out
    FLAGS8 quotactl_quota_fmts, cmd FLAGS16 dec quotactl_cmds, type FLAGS8 quotactl_types, id UINT32, quota_fmt
    FLAGS8 quotactl_quota_fmts
192 SETRESUID_E setresuid state old converted from setresuid,setresuid32: ruid UID, euid UID, suid UID
193 SETRESUID_X setresuid state converted from setresuid,setresuid32: res ERRNO, ruid UID, euid UID, suid UID
194 SETRESGID_E setresgid state old converted from setresgid,setresgid32: rgid GID, egid GID, sgid GID
195 SETRESGID_X setresgid state converted from setresgid,setresgid32: res ERRNO, rgid GID, egid GID, sgid GID
198 SETUID_E setuid state old converted from setuid,setuid32: uid UID
199 SETUID_X setuid state converted from setuid,setuid32: res ERRNO, uid UID
200 SETGID_E setgid state old converted from setgid,setgid32: gid GID
201 SETGID_X setgid state converted from setgid,setgid32: res ERRNO, gid GID
202 GETUID_E getuid old from getuid,getuid32
203 GETUID_X getuid from getuid,getuid32: uid UID
204 GETEUID_E geteuid old from geteuid,geteuid32
205 GETEUID_X geteuid from geteuid,geteuid32: euid UID
206 GETGID_E getgid old from getgid,getgid32
207 GETGID_X getgid from getgid,getgid32: gid GID
208 GETEGID_E getegid old from getegid,getegid32
209 GETEGID_X getegid from getegid,getegid32: egid GID
210 GETRESUID_E getresuid old from getresuid,getresuid32
211 GETRESUID_X getresuid from getresuid,getresuid32: res ERRNO, ruid UID, euid UID, suid UID
212 GETRESGID_E getresgid old from getresgid,getresgid32
213 GETRESGID_X getresgid from getresgid,getresgid32: res ERRNO, rgid GID, egid GID, sgid GID
426 SETREUID_E setreuid state old
427 SETREUID_X setreuid state: res ERRNO, ruid UID, euid UID
428 SETREGID_E setregid old
429 SETREGID_X setregid state: res ERRNO, rgid UID, egid UID
`;
