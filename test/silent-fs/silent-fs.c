/*
 * A file system in user space with a single file, `program`, which has the content of another file. After SIGUSR1, it
 * does not respond to requests. usage: silent-fs DIRECTORY FILE
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PROGRAM 2

static volatile sig_atomic_t silent;
static int device, content;
static struct stat original;

static void be_silent(int signal)
{
	silent = signal;
}

static void check(long result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

static void answer(unsigned long long unique, int error, const void *from, size_t size)
{
	struct fuse_out_header header = { sizeof header + size, error, unique };
	struct iovec parts[] = { { &header, sizeof header }, { (void *)from, size } };

	check(writev(device, parts, size ? 2 : 1), "answer");
}

static struct fuse_attr attributes(unsigned long long node)
{
	struct fuse_attr attr = { .ino = node, .nlink = 1, .mode = S_IFDIR | 0755 };

	if (node == PROGRAM) {
		attr.mode = S_IFREG | 0755;
		attr.size = original.st_size;
		attr.mtime = 1000000000;
		attr.ctime = 1000000001;
	}
	return attr;
}

static void serve(struct fuse_in_header *in)
{
	static char data[1 << 17];
	const void *body = in + 1;

	switch (in->opcode) {
	case FUSE_INIT: {
		struct fuse_init_out out = { .major = 7, .minor = 31, .max_write = 4096 };

		answer(in->unique, 0, &out, sizeof out);
		break;
	}
	case FUSE_LOOKUP: {
		struct fuse_entry_out out = { .nodeid = PROGRAM, .attr = attributes(PROGRAM) };

		if (strcmp(body, "program"))
			answer(in->unique, -ENOENT, NULL, 0);
		else
			answer(in->unique, 0, &out, sizeof out);
		break;
	}
	case FUSE_GETATTR: {
		struct fuse_attr_out out = { .attr = attributes(in->nodeid) };

		answer(in->unique, 0, &out, sizeof out);
		break;
	}
	case FUSE_OPEN: {
		struct fuse_open_out out = { 0 };

		answer(in->unique, 0, &out, sizeof out);
		break;
	}
	case FUSE_READ: {
		const struct fuse_read_in *read_in = body;
		size_t size = read_in->size < sizeof data ? read_in->size : sizeof data;
		ssize_t count = pread(content, data, size, read_in->offset);

		answer(in->unique, count < 0 ? -EIO : 0, data, count < 0 ? 0 : count);
		break;
	}
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		answer(in->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(in->unique, -ENOSYS, NULL, 0);
	}
}

int main(int count, char **words)
{
	static char request[1 << 18];
	char options[128];

	if (count != 3)
		return 2;
	signal(SIGUSR1, be_silent);
	content = open(words[2], O_RDONLY);
	check(content, words[2]);
	check(fstat(content, &original), words[2]);
	device = open("/dev/fuse", O_RDWR);
	check(device, "/dev/fuse");
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
	check(mount("silent", words[1], "fuse", MS_NOSUID | MS_NODEV, options), "mount");
	puts("mounted");
	fflush(stdout);
	for (;;) {
		ssize_t size = read(device, request, sizeof request);

		if (size < 0 && errno != EINTR && errno != ENOENT)
			return 0;
		if (size > 0 && !silent)
			serve((void *)request);
	}
}
