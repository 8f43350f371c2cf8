/** Event types of calls on files and paths. See `parse.ts` for the format of a row. */
export const fileTypes = `
[file syscall]
2 OPEN_E open creates state converted: name FSPATH, flags FLAGS32 file_flags, mode UINT32 oct
3 OPEN_X open creates state converted: fd FD, name FSPATH, flags FLAGS32 file_flags, mode UINT32 oct, dev UINT32
    hex, ino UINT64
58 CREAT_E creat creates state converted: name FSPATH, mode UINT32 oct
59 CREAT_X creat creates state converted: fd FD, name FSPATH, mode UINT32 oct, dev UINT32 hex, ino UINT64,
    creat_flags FLAGS16 creat_flags
66 STAT_E stat old
67 STAT_X stat: res ERRNO, path FSPATH
68 LSTAT_E lstat old
69 LSTAT_X lstat: res ERRNO, path FSPATH
70 FSTAT_E fstat uses old converted: fd FD na
71 FSTAT_X fstat uses converted: res ERRNO, fd FD na
72 STAT64_E stat64 old
73 STAT64_X stat64: res ERRNO, path FSPATH
74 LSTAT64_E lstat64 old
75 LSTAT64_X lstat64: res ERRNO, path FSPATH
76 FSTAT64_E fstat64 uses old: fd FD na
77 FSTAT64_X fstat64: res ERRNO
86 LSEEK_E lseek uses old converted: fd FD, offset UINT64, whence ENUMFLAGS8 lseek_whence
87 LSEEK_X lseek uses converted: res ERRNO, fd FD, offset UINT64, whence ENUMFLAGS8 lseek_whence
88 LLSEEK_E llseek uses old converted from _llseek: fd FD, offset UINT64, whence ENUMFLAGS8 lseek_whence
89 LLSEEK_X llseek uses converted from _llseek: res ERRNO, fd FD, offset UINT64, whence ENUMFLAGS8 lseek_whence
92 GETCWD_E getcwd old
93 GETCWD_X getcwd: res ERRNO, path CHARBUF
94 CHDIR_E chdir state old
95 CHDIR_X chdir state: res ERRNO, path CHARBUF
96 FCHDIR_E fchdir uses state old converted: fd FD na
97 FCHDIR_X fchdir uses state converted: res ERRNO, fd FD na
98 MKDIR_E mkdir old converted: path FSPATH, mode UINT32 hex
99 MKDIR_X mkdir old converted: res ERRNO
100 RMDIR_E rmdir old converted: path FSPATH
101 RMDIR_X rmdir old converted: res ERRNO
102 OPENAT_E openat creates state old converted: dirfd FD, name CHARBUF, flags FLAGS32 file_flags, mode UINT32 oct
103 OPENAT_X openat creates state old converted: fd FD
104 LINK_E link old converted: oldpath FSPATH, newpath FSPATH
105 LINK_X link old converted: res ERRNO
106 LINKAT_E linkat old converted: olddir FD, oldpath CHARBUF, newdir FD, newpath CHARBUF
107 LINKAT_X linkat old converted: res ERRNO
108 UNLINK_E unlink old converted: path FSPATH
109 UNLINK_X unlink old converted: res ERRNO
110 UNLINKAT_E unlinkat old converted: dirfd FD, name CHARBUF
111 UNLINKAT_X unlinkat old converted: res ERRNO
174 RENAME_E rename old
175 RENAME_X rename: res ERRNO, oldpath FSPATH, newpath FSPATH
176 RENAMEAT_E renameat old
177 RENAMEAT_X renameat: res ERRNO, olddirfd FD, oldpath FSRELPATH @1, newdirfd FD, newpath FSRELPATH @3
178 SYMLINK_E symlink old
179 SYMLINK_X symlink: res ERRNO, target CHARBUF, linkpath FSPATH
180 SYMLINKAT_E symlinkat old
181 SYMLINKAT_X symlinkat uses: res ERRNO, target CHARBUF, linkdirfd FD, linkpath FSRELPATH @2
236 GETDENTS_E getdents uses old converted: fd FD na
237 GETDENTS_X getdents uses converted: res ERRNO, fd FD na
238 GETDENTS64_E getdents64 uses old converted: fd FD na
239 GETDENTS64_X getdents64 uses converted: res ERRNO, fd FD na
242 FLOCK_E flock uses old converted: fd FD na, operation FLAGS32 flock_flags
243 FLOCK_X flock uses converted: res ERRNO, fd FD na, operation FLAGS32 flock_flags
256 MOUNT_E mount state old converted: flags FLAGS32 mount_flags
257 MOUNT_X mount state converted: res ERRNO, dev CHARBUF, dir FSPATH, type CHARBUF, flags FLAGS32 mount_flags
258 UMOUNT_E umount state old: flags FLAGS32 umount_flags
259 UMOUNT_X umount state old converted: res ERRNO, name FSPATH
264 ACCESS_E access old converted: mode FLAGS32 access_flags
265 ACCESS_X access converted: res ERRNO, name FSPATH, mode FLAGS32 access_flags
276 MKDIR_2_E mkdir old converted: mode UINT32 hex
277 MKDIR_2_X mkdir converted: res ERRNO, path FSPATH, mode UINT32 hex
278 RMDIR_2_E rmdir old
279 RMDIR_2_X rmdir: res ERRNO, path FSPATH
300 UNLINK_2_E unlink old
301 UNLINK_2_X unlink: res ERRNO, path FSPATH
302 UNLINKAT_2_E unlinkat old
303 UNLINKAT_2_X unlinkat uses: res ERRNO, dirfd FD, name FSRELPATH @1, flags FLAGS32 unlinkat_flags
304 MKDIRAT_E mkdirat old
305 MKDIRAT_X mkdirat uses: res ERRNO, dirfd FD, path FSRELPATH @1, mode UINT32 hex
306 OPENAT_2_E openat creates state converted: dirfd FD, name FSRELPATH, flags FLAGS32 file_flags, mode UINT32 oct
307 OPENAT_2_X openat creates state converted: fd FD, dirfd FD, name FSRELPATH @1, flags FLAGS32 file_flags, mode
    UINT32 oct, dev UINT32 hex, ino UINT64
308 LINK_2_E link old
309 LINK_2_X link: res ERRNO, oldpath FSPATH, newpath FSPATH
310 LINKAT_2_E linkat old
311 LINKAT_2_X linkat: res ERRNO, olddir FD, oldpath FSRELPATH @1, newdir FD, newpath FSRELPATH @3, flags FLAGS32
    linkat_flags
312 FCHMODAT_E fchmodat old
313 FCHMODAT_X fchmodat uses: res ERRNO, dirfd FD, filename FSRELPATH @1, mode MODE chmod_mode
314 CHMOD_E chmod old
315 CHMOD_X chmod: res ERRNO, filename FSPATH, mode MODE chmod_mode
316 FCHMOD_E fchmod old
317 FCHMOD_X fchmod uses: res ERRNO, fd FD, mode MODE chmod_mode
318 RENAMEAT2_E renameat2 old
319 RENAMEAT2_X renameat2: res ERRNO, olddirfd FD, oldpath FSRELPATH @1, newdirfd FD, newpath FSRELPATH @3, flags
    FLAGS32 renameat2_flags
320 USERFAULTFD_E userfaultfd creates state old
321 USERFAULTFD_X userfaultfd creates state: res ERRNO, flags FLAGS32 file_flags
326 OPENAT2_E openat2 creates state converted: dirfd FD, name FSRELPATH, flags FLAGS32 file_flags, mode UINT32 oct,
    resolve FLAGS32 openat2_flags
327 OPENAT2_X openat2 creates state converted: fd FD, dirfd FD, name FSRELPATH @1, flags FLAGS32 file_flags, mode
    UINT32 oct, resolve FLAGS32 openat2_flags, dev UINT32 hex, ino UINT64
332 COPY_FILE_RANGE_E copy_file_range uses reads writes old converted: fdin FD, offin UINT64, len UINT64
333 COPY_FILE_RANGE_X copy_file_range uses reads writes converted: res ERRNO, fdout FD, offout UINT64, fdin FD,
    offin UINT64, len UINT64
336 OPEN_BY_HANDLE_AT_E open_by_handle_at creates state old
337 OPEN_BY_HANDLE_AT_X open_by_handle_at creates state: fd FD, mountfd FD, flags FLAGS32 file_flags, path FSPATH,
    dev UINT32 hex, ino UINT64
378 CHOWN_E chown old
379 CHOWN_X chown: res ERRNO, path FSPATH, uid UINT32, gid UINT32
380 LCHOWN_E lchown old
381 LCHOWN_X lchown: res ERRNO, path FSPATH, uid UINT32, gid UINT32
382 FCHOWN_E fchown old
383 FCHOWN_X fchown uses: res ERRNO, fd FD, uid UINT32, gid UINT32
384 FCHOWNAT_E fchownat old
385 FCHOWNAT_X fchownat uses: res ERRNO, dirfd FD, pathname FSRELPATH @1, uid UINT32, gid UINT32, flags FLAGS32
    fchownat_flags
386 UMOUNT_1_E umount state old
387 UMOUNT_1_X umount state: res ERRNO, name FSPATH
390 UMOUNT2_E umount2 state old converted: flags FLAGS32 umount_flags
391 UMOUNT2_X umount2 state converted: res ERRNO, name FSPATH, flags FLAGS32 umount_flags
418 NEWFSTATAT_E newfstatat old
419 NEWFSTATAT_X newfstatat uses: res ERRNO, dirfd FD, path FSRELPATH @1, flags FLAGS32 newfstatat_flags
`;
