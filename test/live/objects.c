/* Opens a file in a way in which its path does not tell which file it is. usage: objects WAY FOLDER */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* The file of a root directory of its own, as of a container without an overlay, through a bind mount in it. */
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

/* Another thread rewrites the path while this one opens it. Prints how many times it got the file. */
static char raced[] = "/etc/shadow";
static volatile int racing = 1;

static void *rewrite(void *none)
{
	while (racing) {
		memcpy(raced, "/etc/passwd", sizeof raced);
		__asm__ volatile("" ::: "memory");
		memcpy(raced, "/etc/shadow", sizeof raced);
		__asm__ volatile("" ::: "memory");
	}
	return none;
}

static void race(void)
{
	struct stat wanted, got;
	pthread_t thread;
	int times = 0;

	stat(FILE_PATH, &wanted);
	pthread_create(&thread, NULL, rewrite, NULL);
	for (int i = 0; i < 1000; i++) {
		int fd = open(raced, O_RDONLY);

		if (fd < 0)
			continue;
		fstat(fd, &got);
		times += got.st_ino == wanted.st_ino;
		close(fd);
	}
	racing = 0;
	pthread_join(thread, NULL);
	printf("%d\n", times);
}

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
	else if (!strcmp(way, "race"))
		race();
	else
		return 2;
	return 0;
}
