/*
 * Actions of attackers, selected by a word; see tricks.live.test.ts. Exits with 0 if the kernel performed the action.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define NR_pidfd_send_signal 424
#define NR_pidfd_open 434
#define NR_clone3 435
#define NR_pidfd_getfd 438
#define NR_fchmodat2 452
#define NR_setxattrat 463

static const char script[] = "#!/bin/sh\nexit\n"; /* valid in Python as well */

/* A value of security.capability (struct vfs_cap_data, revision 2) with CAP_NET_RAW. */
static const uint32_t capability[5] = { 0x02000001, 1 << 13 };

static char secret[16] = "secret";

static void fill(int to, const char *from)
{
	char buffer[65536];
	ssize_t n;
	int fd = open(from, O_RDONLY);

	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		if (write(to, buffer, n) != n)
			exit(3);
	close(fd);
}

static int memory(const char *from)
{
	int fd = memfd_create("trick", 0);

	if (from)
		fill(fd, from);
	else if (write(fd, script, sizeof script - 1) < 0)
		exit(3);
	return fd;
}

static int run(char *const words[])
{
	execve(words[0], words, environ);
	return 2;
}

static int exec_fd(int fd)
{
	char *const words[] = { "trick", NULL };

	syscall(SYS_execveat, fd, "", words, environ, AT_EMPTY_PATH);
	return 2;
}

/* Starts a child with the same addresses, which waits until it is killed. */
static pid_t victim(void)
{
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return child;
}

static int end(pid_t child, int ok)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return ok ? 0 : 2;
}

static int vm(pid_t of, int writes)
{
	char buffer[16] = "stolen";
	struct iovec own = { buffer, 8 }, other = { secret, 8 };

	return writes ? process_vm_writev(of, &own, 1, &other, 1, 0) == 8 : process_vm_readv(of, &own, 1, &other, 1, 0) == 8;
}

static int proc_mem(pid_t of, int flags)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/mem", of);
	return open(path, flags) >= 0;
}

static int cloned(long child)
{
	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	return child > 0 ? 0 : 2;
}

static int clone3_with(uint64_t flags)
{
	uint64_t arguments[8] = { flags, 0, 0, 0, SIGCHLD };

	return cloned(syscall(NR_clone3, arguments, sizeof arguments));
}

int main(int count, char **words)
{
	const char *what = count > 1 ? words[1] : "", *path = count > 2 ? words[2] : "", *other = count > 3 ? words[3] : "";
	char text[64];
	int fd;

#define IS(name) (!strcmp(what, name))
	/* code in memory */
	if (IS("exec-memfd"))
		return exec_fd(memory("/bin/true"));
	if (IS("exec-script-memfd"))
		return exec_fd(memory(NULL));
	if (IS("run-memfd") || IS("run-memfd-dev")) { /* an interpreter or ld.so with a program or script in a memfd */
		fd = memory(other[0] ? other : NULL);
		snprintf(text, sizeof text, IS("run-memfd") ? "/proc/self/fd/%d" : "/dev/fd/%d", fd);
		return run((char *const[]){ (char *)path, text, NULL });
	}
	if (IS("run-stdin")) {
		fd = memory(NULL);
		lseek(fd, 0, SEEK_SET);
		dup2(fd, 0);
		return run((char *const[]){ (char *)path, NULL });
	}
	if (IS("exec-tmpfile")) {
		fd = open(path, O_TMPFILE | O_RDWR, 0755);
		fill(fd, "/bin/true");
		snprintf(text, sizeof text, "/proc/self/fd/%d", fd);
		int again = open(text, O_RDONLY);
		close(fd);
		return exec_fd(again);
	}
	if (IS("exec-unlinked")) {
		fd = open(path, O_RDONLY);
		unlink(path);
		return exec_fd(fd);
	}
	if (IS("map-memfd") || IS("protect-memfd")) {
		int first = IS("map-memfd") ? PROT_READ | PROT_EXEC : PROT_READ;
		void *at = mmap(NULL, 4096, first, MAP_PRIVATE, fd = memory("/bin/true"), 0);

		close(fd);
		return at == MAP_FAILED || mprotect(at, 4096, PROT_READ | PROT_EXEC) ? 2 : 0;
	}
	if (IS("protect-middle") || IS("protect-several") || IS("protect-past-end")) {
		char *at = mmap(NULL, 8 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		fd = memory("/bin/true");
		if (mmap(at + 4096, 4 * 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED || munmap(at + 5 * 4096, 4096))
			return 2;
		if (IS("protect-past-end")) /* fails after it has changed the file */
			return mprotect(at, 6 * 4096, PROT_READ | PROT_EXEC) ? 0 : 2;
		return mprotect(IS("protect-middle") ? at + 2 * 4096 : at, 2 * 4096, PROT_READ | PROT_EXEC) ? 2 : 0;
	}
	if (IS("protect-anonymous")) {
		char *at = mmap(NULL, 4 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (mmap(at + 2 * 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, memory("/bin/true"), 0) == MAP_FAILED)
			return 2;
		return mprotect(at, 2 * 4096, PROT_READ | PROT_EXEC) || mprotect(at + 3 * 4096, 4096, PROT_READ | PROT_EXEC) ? 2 : 0;
	}
	if (IS("map-personality"))
		return personality(READ_IMPLIES_EXEC) < 0 || mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, memory("/bin/true"), 0) == MAP_FAILED;
	if (IS("link-memfd")) { /* an interpreter with a symbolic link to a memfd */
		snprintf(text, sizeof text, "/proc/self/fd/%d", fd = memory(NULL));
		return symlink(text, "memory") || fcntl(fd, F_SETFD, 0) ? 2 : run((char *const[]){ (char *)path, "memory", NULL });
	}
	if (IS("rename-at") || IS("link-at") || IS("tmpfile-at") || IS("tmpfile-empty-at")) { /* by a directory's descriptor */
		int to = open(path, O_PATH | O_DIRECTORY);

		if (IS("rename-at"))
			return renameat(AT_FDCWD, "f", to, other) ? 2 : 0;
		if (IS("link-at"))
			return linkat(AT_FDCWD, "f", to, other, 0) ? 2 : 0;
		fd = open(path, O_TMPFILE | O_WRONLY, 0600);
		snprintf(text, sizeof text, "/proc/self/fd/%d", fd);
		return (IS("tmpfile-at") && write(fd, "# x\n", 4) < 0) || linkat(AT_FDCWD, text, to, other, AT_SYMLINK_FOLLOW) ? 2 : 0;
	}
	if (IS("unlink-at"))
		return unlinkat(open(path, O_PATH | O_DIRECTORY), other, 0) ? 2 : 0;
	if (IS("map-memfd-32") || IS("map-memfd-oldest")) { /* by the calls of 32-bit programs */
		fd = memory("/bin/true");
#if defined(__x86_64__)
		uint32_t *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		uint32_t arguments[6] = { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0 };
		long at;

		memcpy(low, arguments, sizeof arguments);
		if (IS("map-memfd-oldest"))
			asm volatile("int $0x80" : "=a"(at) : "a"(90), "b"(low) : "memory", "r8", "r9", "r10", "r11");
		else
			asm volatile("push %%rbp; xor %%ebp, %%ebp; int $0x80; pop %%rbp"
				     : "=a"(at) : "a"(192), "b"(0), "c"(4096), "d"(PROT_READ | PROT_EXEC), "S"(MAP_PRIVATE), "D"(fd)
				     : "memory", "r8", "r9", "r10", "r11");
		return (int)at < 0 && (int)at > -4096 ? 2 : 0;
#else
		return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? 2 : 0;
#endif
	}
	if (IS("map-data")) {
		void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory("/bin/true"), 0);
		void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		return at == MAP_FAILED || mprotect(code, 4096, PROT_READ | PROT_EXEC) ? 2 : 0;
	}
	if (IS("load-memfd")) {
		snprintf(text, sizeof text, "/proc/self/fd/%d", memory(path));
		return dlopen(text, RTLD_NOW) ? 0 : 2;
	}
	if (IS("load"))
		return dlopen(path, RTLD_NOW) ? 0 : 2;

	/* other processes */
	if (IS("vm-read") || IS("vm-write")) {
		pid_t child = victim();
		return end(child, vm(child, IS("vm-write")));
	}
	if (IS("vm-own"))
		return vm(getpid(), 0) ? 0 : 2;
	if (IS("mem-read") || IS("mem-write")) {
		pid_t child = victim();
		return end(child, proc_mem(child, IS("mem-write") ? O_RDWR : O_RDONLY));
	}
	if (IS("mem-own"))
		return open("/proc/self/mem", O_RDONLY) < 0 ? 2 : 0;
	if (IS("mem-own-write"))
		return open("/proc/self/mem", O_RDWR) < 0 ? 2 : 0;
	if (IS("pidfd-getfd")) {
		pid_t child = victim();
		int pidfd = syscall(NR_pidfd_open, child, 0);
		return end(child, syscall(NR_pidfd_getfd, pidfd, 0, 0) >= 0);
	}
	if (IS("userfaultfd"))
		return syscall(SYS_userfaultfd, O_CLOEXEC) < 0 ? 2 : 0;

	/* namespaces */
	if (IS("clone"))
		return cloned(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
	if (IS("clone-all"))
		return cloned(syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0));
	if (IS("clone3"))
		return clone3_with(CLONE_NEWUSER);
	if (IS("clone3-refused")) /* needs a user namespace */
		return clone3_with(CLONE_NEWNS | CLONE_NEWPID) == 2 ? 0 : 2;
	if (IS("clone-refused")) /* the second word: mount or pid */
		return cloned(syscall(SYS_clone, (*path == 'm' ? CLONE_NEWNS : CLONE_NEWPID) | SIGCHLD, 0, 0, 0, 0)) == 2 ? 0 : 2;
	if (IS("clone3-one"))
		return clone3_with(CLONE_NEWUSER | (*path == 'm' ? CLONE_NEWNS : CLONE_NEWPID));
	if (IS("unshare"))
		return unshare(CLONE_NEWUSER | CLONE_NEWNS);
	if (IS("clone-plain"))
		return cloned(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) || unshare(CLONE_FILES);
	if (IS("unshare-root"))
		return unshare(CLONE_NEWNS | CLONE_NEWPID);

	/* privileges */
	if (IS("fchmodat2"))
		return syscall(NR_fchmodat2, AT_FDCWD, path, strtol(other, NULL, 8), 0) ? 2 : 0;
	if (IS("open-mode"))
		return open(path, O_CREAT | O_EXCL | O_WRONLY, strtol(other, NULL, 8)) < 0 ? 2 : 0;
	if (IS("creat-mode"))
		return creat(path, strtol(other, NULL, 8)) < 0 ? 2 : 0;
	if (IS("tmpfile-mode"))
		return open(path, O_TMPFILE | O_WRONLY, strtol(other, NULL, 8)) < 0 ? 2 : 0;
	if (IS("mknod-block"))
		return mknod(path, S_IFBLK | 0600, makedev(7, 0)) ? 2 : 0;
	if (IS("mknod-char"))
		return mknod(path, S_IFCHR | 0600, makedev(1, 1)) ? 2 : 0;
	if (IS("mknod-fifo"))
		return mknod(path, S_IFIFO | 0600, 0) ? 2 : 0;
	if (IS("setxattr"))
		return syscall(SYS_setxattr, path, "security.capability", capability, sizeof capability, 0) ? 2 : 0;
	if (IS("lsetxattr"))
		return syscall(SYS_lsetxattr, path, "security.capability", capability, sizeof capability, 0) ? 2 : 0;
	if (IS("fsetxattr"))
		return syscall(SYS_fsetxattr, open(path, O_RDONLY), "security.capability", capability, sizeof capability, 0) ? 2 : 0;
	if (IS("setxattrat")) {
		struct {
			uint64_t value;
			uint32_t size, flags;
		} value = { (uintptr_t)capability, sizeof capability, 0 };

		return syscall(NR_setxattrat, AT_FDCWD, path, 0, "security.capability", &value, sizeof value) ? 2 : 0;
	}
	if (IS("setxattr-user"))
		return syscall(SYS_setxattr, path, "user.note", "x", 1, 0) ? 2 : 0;

	/* links */
	if (IS("link"))
		return link(path, other) ? 2 : 0;

	/* traces */
	if (IS("truncate"))
		return truncate(path, 0) ? 2 : 0;
#if defined(__x86_64__)
	if (IS("truncate-unlink"))
		return truncate(path, 0) || unlink(path) ? 2 : 0;
	if (IS("truncate-32")) {
		char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		long result;

		strcpy(low, path);
		asm volatile("int $0x80" : "=a"(result) : "a"(193), "b"(low), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
		return (int)result ? 2 : 0;
	}
	/* 322 is timerfd_create for 32-bit programs, and execveat for others */
	if (IS("timer-32")) {
		long result;

		asm volatile("int $0x80" : "=a"(result) : "a"(322), "b"(1), "c"(0) : "memory", "r8", "r9", "r10", "r11");
		return (int)result > 0 ? 0 : 2;
	}
#endif
	if (IS("ftruncate"))
		return ftruncate(open(path, O_WRONLY | O_APPEND), 1) ? 2 : 0;
	if (IS("punch") || IS("zero") || IS("collapse")) {
		int mode = IS("punch") ? FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE : IS("zero") ? FALLOC_FL_ZERO_RANGE : FALLOC_FL_COLLAPSE_RANGE;
		return fallocate(open(path, O_WRONLY | O_APPEND), mode, 0, 4096) && fallocate(open(path, O_RDWR), mode, 0, 4096) ? 2 : 0;
	}
	if (IS("allocate"))
		return fallocate(open(path, O_WRONLY | O_APPEND), FALLOC_FL_KEEP_SIZE, 0, 8192) ? 2 : 0;
	if (IS("append"))
		return write(open(path, O_WRONLY | O_APPEND), "x\n", 2) == 2 ? 0 : 2;
	return 4;
}
