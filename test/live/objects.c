/* Opens a file so that its path does not identify the file. usage: objects WAY [DIRECTORY [FILE]] */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_PATH "/etc/shadow"

static void check(long result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

static void in_root(void)
{
	struct { unsigned long long flags, mode, resolve; } how = { O_RDONLY, 0, 0x10 /* RESOLVE_IN_ROOT */ };
	int directory = open("/etc", O_PATH | O_DIRECTORY);

	check(syscall(SYS_openat2, directory, "/shadow", &how, sizeof how), "openat2");
}

static void by_handle(void)
{
	struct { struct file_handle handle; unsigned char bytes[128]; } h = { .handle.handle_bytes = 128 };
	int mount, directory = open("/", O_RDONLY | O_DIRECTORY);

	check(name_to_handle_at(AT_FDCWD, FILE_PATH, &h.handle, &mount, 0), "name_to_handle_at");
	check(open_by_handle_at(directory, &h.handle, O_RDONLY), "open_by_handle_at");
}

static int tree(void)
{
	int fd = syscall(SYS_open_tree, AT_FDCWD, "/etc", 1 /* OPEN_TREE_CLONE */);

	check(fd, "open_tree");
	return fd;
}

static void moved(const char *folder)
{
	char path[4096];

	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	check(syscall(SYS_move_mount, tree(), "", AT_FDCWD, folder, 4 /* MOVE_MOUNT_F_EMPTY_PATH */), "move_mount");
	snprintf(path, sizeof path, "%s/shadow", folder);
	check(open(path, O_RDONLY), path);
}

/* Opens the file in a separate root directory, as in a container without an overlay, through a bind mount in it. */
static void in_container(const char *folder)
{
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	check(mount(folder, folder, NULL, MS_BIND, NULL), "bind");
	check(chdir(folder), folder);
	check(mkdir("old", 0700), "mkdir");
	check(mkdir("etc", 0700), "mkdir");
	check(mkdir("data", 0700), "mkdir");
	check(open("etc/shadow", O_CREAT | O_WRONLY, 0600), "creat");
	check(syscall(SYS_pivot_root, ".", "old"), "pivot_root");
	check(chroot("."), "chroot");
	check(mount("/etc", "/data", NULL, MS_BIND, NULL), "bind");
	check(open("/data/shadow", O_RDONLY), "open");
}

static void slashes(unsigned length)
{
	char *path = malloc(length + 1);

	memset(path, '/', length);
	memcpy(path, "/etc", 4);
	memcpy(path + length - 6, "shadow", 7);
	check(open(path, O_RDONLY), "open");
}

static void as_stdin(void)
{
	close(0);
	check(open(FILE_PATH, O_RDONLY), FILE_PATH);
}

static void through_path_descriptor(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", open(FILE_PATH, O_PATH));
	check(open(path, O_RDONLY), path);
}

static void renamed(void)
{
	prctl(PR_SET_NAME, "sshd");
	check(open(FILE_PATH, O_RDONLY), FILE_PATH);
}

static void linked_later(const char *target)
{
	char path[64];
	int fd = open("/etc", O_TMPFILE | O_WRONLY, 0600);

	check(fd, "O_TMPFILE");
	dprintf(fd, "# nothing\n");
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	check(linkat(AT_FDCWD, path, AT_FDCWD, target, AT_SYMLINK_FOLLOW), "linkat");
}

/* Path that another thread or process rewrites during an open, alternating between two paths of the same length. */
#define TIMES 1000
static char *raced;
static const char *paths[2];
static volatile int racing = 1;

static void write_path(int which)
{
	memcpy(raced, paths[which], strlen(paths[which]) + 1);
	__asm__ volatile("" ::: "memory");
}

static void *rewrite(void *none)
{
	while (racing) {
		write_path(0);
		write_path(1);
	}
	return none;
}

static void begin_race(const char *first, const char *second)
{
	raced = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	paths[0] = first;
	paths[1] = second;
	write_path(0);
}

/* Prints the path that the kernel reports for an opened file. */
static void tell(int fd)
{
	char link[64], path[4096];
	ssize_t size;

	if (fd < 0)
		return;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	size = readlink(link, path, sizeof path);
	check(size, link);
	printf("%.*s\n", (int)size, path);
	close(fd);
}

static int open_raced(int way)
{
	struct { unsigned long long flags, mode, resolve; } how = { O_RDONLY };

	switch (way) {
	case 0:
		return syscall(SYS_openat, AT_FDCWD, raced, O_RDONLY);
	case 1:
		return syscall(SYS_openat2, AT_FDCWD, raced, &how, sizeof how);
	default:
#if defined(SYS_open)
		return syscall(SYS_open, raced, O_RDONLY);
#else
		return syscall(SYS_openat, AT_FDCWD, raced, O_RDONLY);
#endif
	}
}

static int creat_raced(void)
{
#if defined(SYS_creat)
	return syscall(SYS_creat, raced, 0600);
#else
	return syscall(SYS_openat, AT_FDCWD, raced, O_WRONLY | O_CREAT | O_TRUNC, 0600);
#endif
}

/* Runs the races, and prints the files that were opened. */
static void race(int creates, int by_process)
{
	pthread_t thread;
	pid_t child = 0;

	if (by_process && !(child = fork())) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		rewrite(NULL);
	}
	if (!by_process)
		pthread_create(&thread, NULL, rewrite, NULL);
	while (memcmp(raced, paths[1], strlen(paths[1])))
		sched_yield();
	for (int i = 0; i < TIMES; i++) {
		tell(creates ? creat_raced() : open_raced(i % 3));
		sched_yield();
	}
	racing = 0;
	if (by_process)
		kill(child, SIGKILL);
	else
		pthread_join(thread, NULL);
}

/* Returns the number of the call that the first thread is in; -1: none. */
static long call_of_first_thread(void)
{
	long number = -1;
	FILE *file = fopen("/proc/self/syscall", "r");

	if (!file || fscanf(file, "%ld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

/* The open waits for a writer of a FIFO, which rewrites the path first. */
static void *write_fifo(void *fifo)
{
	while (call_of_first_thread() != SYS_openat)
		usleep(100);
	write_path(1);
	close(open(fifo, O_WRONLY));
	return NULL;
}

static void wait_for_fifo(const char *fifo)
{
	pthread_t thread;

	check(mkfifo(fifo, 0600), fifo);
	pthread_create(&thread, NULL, write_fifo, (void *)fifo);
	tell(open_raced(0));
	pthread_join(thread, NULL);
}

#if defined(__x86_64__)
/* Makes a call of 32-bit programs. */
static int call_32(int number, unsigned first, unsigned second, unsigned third)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(first), "c"(second), "d"(third)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void by_32_bit_call(int number)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	unsigned path = (unsigned long)strcpy(low, FILE_PATH);

	if (number == 5) /* open */
		check(call_32(number, path, O_RDONLY, 0), "open");
	else /* openat */
		check(call_32(number, AT_FDCWD, path, O_RDONLY), "openat");
}
#endif

int main(int count, char **words)
{
	const char *way = words[1], *folder = count > 2 ? words[2] : "";

	if (!strcmp(way, "in-root"))
		in_root();
	else if (!strcmp(way, "handle"))
		by_handle();
	else if (!strcmp(way, "tree"))
		check(openat(tree(), "shadow", O_RDONLY), "openat");
	else if (!strcmp(way, "moved"))
		moved(folder);
	else if (!strcmp(way, "in-container"))
		in_container(folder);
	else if (!strcmp(way, "slashes"))
		slashes(atoi(folder));
	else if (!strcmp(way, "stdin"))
		as_stdin();
	else if (!strcmp(way, "path-descriptor"))
		through_path_descriptor();
	else if (!strcmp(way, "renamed"))
		renamed();
	else if (!strcmp(way, "linked-later"))
		linked_later(folder);
	else if (!strcmp(way, "truncate"))
		check(truncate(folder, 0), folder), sleep(1); /* the path is resolved while the process runs */
	else if (!strcmp(way, "race"))
		begin_race(FILE_PATH, folder), race(0, 0);
	else if (!strcmp(way, "race-process"))
		begin_race(FILE_PATH, folder), race(0, 1);
	else if (!strcmp(way, "race-creat"))
		begin_race(folder, words[3]), race(1, 0);
	else if (!strcmp(way, "race-fifo"))
		begin_race(folder, FILE_PATH), wait_for_fifo(folder);
#if defined(__x86_64__)
	else if (!strcmp(way, "open-32"))
		by_32_bit_call(5);
	else if (!strcmp(way, "openat-32"))
		by_32_bit_call(295);
#endif
	else
		return 2;
	return 0;
}
