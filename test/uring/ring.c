/*
 * Performs operations with io_uring, or with --plain by system calls, and prints the result of each.
 *
 *   ring [option …] operation [argument …] [, operation [argument …]] …
 *
 * All operations are submitted at once. Options: --sqpoll, --defer (the thread that submits completes), --async,
 * --link, --skip (success completes silently), --direct (opened files get slots of the ring), --small (a completion
 * queue that overflows), --thread (a second thread submits), --repeat N, --pending FIFO N (N opens that wait for a
 * writer are submitted before).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define OP_FTRUNCATE 55
#define OP_BIND 56
#define OP_LISTEN 57

static struct io_uring ring;
static int plain, direct, flags, repeat = 1;
static int setup, small, threaded;
static int prepared;
static struct open_how how;
static struct sockaddr_storage addresses[16];
static char **first;

static struct io_uring_sqe *next(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe) {
		io_uring_submit(&ring);
		sqe = io_uring_get_sqe(&ring);
	}
	return sqe;
}

static void tell(const char *name, long result)
{
	if (repeat == 1)
		printf("%s %ld\n", name, result < 0 && plain ? -errno : result);
}

/* "unix:PATH" or an IPv4 or IPv6 address with a port */
static socklen_t address_of(const char *text, const char *port, struct sockaddr_storage *to)
{
	struct sockaddr_in *four = (void *)to;
	struct sockaddr_in6 *six = (void *)to;
	struct sockaddr_un *local = (void *)to;

	memset(to, 0, sizeof *to);
	if (!strncmp(text, "unix:", 5)) {
		local->sun_family = AF_UNIX;
		strncpy(local->sun_path, text + 5, sizeof local->sun_path - 1);
		return sizeof *local;
	}
	if (strchr(text, ':')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(atoi(port));
		inet_pton(AF_INET6, text, &six->sin6_addr);
		return sizeof *six;
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(atoi(port));
	inet_pton(AF_INET, text, &four->sin_addr);
	return sizeof *four;
}

static int family_of(const char *text)
{
	return !strncmp(text, "unix:", 5) ? AF_UNIX : strchr(text, ':') ? AF_INET6 : AF_INET;
}

/* Performs one operation; returns its number of words. `slot` is the slot of a direct descriptor. */
static int operate(char **words, int slot)
{
	const char *name = words[0], *a = words[1], *b = words[1] ? words[2] : NULL;
	struct io_uring_sqe *sqe = plain ? NULL : next();
	struct sockaddr_storage *address = &addresses[slot & 15];
	socklen_t length;
	int fd, used;

	if (!strcmp(name, "openat")) {
		int how_opened = (int)strtol(b, NULL, 0) | (direct ? 0 : O_CLOEXEC);

		used = 3;
		if (plain)
			tell(name, syscall(SYS_openat, AT_FDCWD, a, how_opened, 0640));
		else
			io_uring_prep_openat(sqe, AT_FDCWD, a, how_opened, 0640);
	} else if (!strcmp(name, "openat2")) {
		used = 3;
		how.flags = strtol(b, NULL, 0);
		how.resolve = RESOLVE_NO_MAGICLINKS;
		if (plain)
			tell(name, syscall(SYS_openat2, AT_FDCWD, a, &how, sizeof how));
		else
			io_uring_prep_openat2(sqe, AT_FDCWD, a, &how);
	} else if (!strcmp(name, "unlinkat")) {
		used = 2;
		if (plain)
			tell(name, unlinkat(AT_FDCWD, a, 0));
		else
			io_uring_prep_unlinkat(sqe, AT_FDCWD, a, 0);
	} else if (!strcmp(name, "renameat2")) {
		used = 3;
		if (plain)
			tell(name, syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 0));
		else
			io_uring_prep_renameat(sqe, AT_FDCWD, a, AT_FDCWD, b, 0);
	} else if (!strcmp(name, "mkdirat")) {
		used = 2;
		if (plain)
			tell(name, mkdirat(AT_FDCWD, a, 0750));
		else
			io_uring_prep_mkdirat(sqe, AT_FDCWD, a, 0750);
	} else if (!strcmp(name, "symlinkat")) {
		used = 3;
		if (plain)
			tell(name, symlinkat(a, AT_FDCWD, b));
		else
			io_uring_prep_symlinkat(sqe, a, AT_FDCWD, b);
	} else if (!strcmp(name, "linkat")) {
		used = 3;
		if (plain)
			tell(name, linkat(AT_FDCWD, a, AT_FDCWD, b, 0));
		else
			io_uring_prep_linkat(sqe, AT_FDCWD, a, AT_FDCWD, b, 0);
	} else if (!strcmp(name, "socket")) {
		used = 2;
		if (plain)
			tell(name, socket(family_of(a), SOCK_STREAM | SOCK_CLOEXEC, 0));
		else
			io_uring_prep_socket(sqe, family_of(a), SOCK_STREAM | (direct ? 0 : SOCK_CLOEXEC), 0, 0);
	} else if (!strcmp(name, "connect") || !strcmp(name, "bind")) {
		used = 3;
		length = address_of(a, b, address);
		fd = socket(family_of(a), SOCK_STREAM, 0);
		if (name[0] == 'c' && plain)
			tell(name, connect(fd, (void *)address, length));
		else if (name[0] == 'c')
			io_uring_prep_connect(sqe, fd, (void *)address, length);
		else if (plain)
			tell(name, bind(fd, (void *)address, length));
		else
			io_uring_prep_rw(OP_BIND, sqe, fd, address, 0, length);
	} else if (!strcmp(name, "accept4") || !strcmp(name, "accepts")) { /* of one or two connections that wait */
		int client = socket(AF_INET, SOCK_STREAM, 0);

		used = 1;
		fd = socket(AF_INET, SOCK_STREAM, 0);
		length = address_of("127.0.0.1", "0", address);
		bind(fd, (void *)address, length);
		listen(fd, 5);
		getsockname(fd, (void *)address, &length);
		connect(client, (void *)address, length);
		if (!strcmp(name, "accepts")) {
			client = socket(AF_INET, SOCK_STREAM, 0);
			connect(client, (void *)address, length);
			io_uring_prep_multishot_accept(sqe, fd, NULL, NULL, SOCK_CLOEXEC);
		} else if (plain)
			tell(name, accept4(fd, NULL, NULL, SOCK_CLOEXEC));
		else
			io_uring_prep_accept(sqe, fd, NULL, NULL, direct ? 0 : SOCK_CLOEXEC);
	} else if (!strcmp(name, "listen")) {
		used = 1;
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (plain)
			tell(name, listen(fd, 7));
		else
			io_uring_prep_rw(OP_LISTEN, sqe, fd, NULL, 7, 0);
	} else if (!strcmp(name, "shutdown")) {
		int pair[2];

		used = 1;
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
		if (plain)
			tell(name, shutdown(pair[0], SHUT_WR));
		else
			io_uring_prep_shutdown(sqe, pair[0], SHUT_WR);
	} else if (!strcmp(name, "splice")) {
		int from[2], to[2];

		used = 1;
		if (pipe(from) || pipe(to) || write(from[1], "some", 4) != 4)
			exit(1);
		if (plain)
			tell(name, splice(from[0], NULL, to[1], NULL, 4, 0));
		else
			io_uring_prep_splice(sqe, from[0], -1, to[1], -1, 4, 0);
	} else if (!strcmp(name, "close")) {
		used = 2;
		if (plain)
			tell(name, close(atoi(a)));
		else if (direct)
			io_uring_prep_close_direct(sqe, atoi(a));
		else
			io_uring_prep_close(sqe, atoi(a));
	} else if (!strcmp(name, "fallocate")) {
		used = 2;
		fd = open(a, O_RDWR);
		if (plain)
			tell(name, fallocate(fd, 0, 0, 10));
		else
			io_uring_prep_fallocate(sqe, fd, 0, 0, 10);
	} else if (!strcmp(name, "read")) { /* from slot 0 */
		static char data[64];

		used = 1;
		io_uring_prep_read(sqe, 0, data, sizeof data, 0);
		sqe->flags |= IOSQE_FIXED_FILE;
	} else {
		fprintf(stderr, "ring: no operation %s\n", name);
		exit(2);
	}
	if (sqe) {
		if (direct && (!strncmp(name, "open", 4) || !strcmp(name, "socket") || !strcmp(name, "accept4")))
			sqe->file_index = slot + 1;
		sqe->flags |= flags;
		if (!words[used] && (flags & IOSQE_IO_LINK))
			sqe->flags &= ~IOSQE_IO_LINK;
		sqe->user_data = (unsigned long)name;
		prepared++;
	}
	return used;
}

static void *operations(void *unused)
{
	for (int i = 0; i < repeat; i++) {
		int slot = 0;

		for (char **word = first; *word; slot++) {
			word += operate(word, slot);
			if (*word)
				word++;
		}
		if (plain)
			continue;
		io_uring_submit(&ring);
		if (flags & IOSQE_CQE_SKIP_SUCCESS)
			prepared = 0;
		for (; prepared > 0 && !small; prepared--) {
			struct io_uring_cqe *cqe;

			if (io_uring_wait_cqe(&ring, &cqe))
				break;
			tell((const char *)cqe->user_data, cqe->res);
			if (repeat > 1 && cqe->res >= 0 && !strncmp((const char *)cqe->user_data, "open", 4))
				close(cqe->res);
			io_uring_cqe_seen(&ring, cqe);
		}
	}
	return unused;
}

static void wait_for_writers(const char *fifo, int number)
{
	static struct io_uring other;

	if (io_uring_queue_init(1024, &other, 0))
		exit(1);
	while (number-- > 0) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&other);

		if (!sqe) {
			io_uring_submit(&other);
			sqe = io_uring_get_sqe(&other);
		}
		io_uring_prep_openat(sqe, AT_FDCWD, fifo, O_RDONLY, 0);
		sqe->flags |= IOSQE_ASYNC;
	}
	io_uring_submit(&other);
}

int main(int count, char **words)
{
	struct io_uring_params params = { 0 };
	pthread_t thread;
	int error;

	(void)count;
	for (words++; *words && !strncmp(*words, "--", 2); words++) {
		if (!strcmp(*words, "--plain"))
			plain = 1;
		else if (!strcmp(*words, "--sqpoll"))
			setup |= IORING_SETUP_SQPOLL;
		else if (!strcmp(*words, "--defer"))
			setup |= IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
		else if (!strcmp(*words, "--async"))
			flags |= IOSQE_ASYNC;
		else if (!strcmp(*words, "--link"))
			flags |= IOSQE_IO_LINK;
		else if (!strcmp(*words, "--skip"))
			flags |= IOSQE_CQE_SKIP_SUCCESS;
		else if (!strcmp(*words, "--direct"))
			direct = 1;
		else if (!strcmp(*words, "--small"))
			small = 1;
		else if (!strcmp(*words, "--thread"))
			threaded = 1;
		else if (!strcmp(*words, "--pending")) {
			wait_for_writers(words[1], atoi(words[2]));
			words += 2;
		} else if (!strcmp(*words, "--repeat"))
			repeat = atoi(*++words);
	}
	first = words;
	if (!plain) {
		params.flags = setup | (small ? IORING_SETUP_CQSIZE : 0);
		params.cq_entries = 2;
		params.sq_thread_idle = 100;
		error = io_uring_queue_init_params(small ? 2 : 64, &ring, &params);
		if (!error && direct)
			error = io_uring_register_files_sparse(&ring, 16);
		if (error) {
			fprintf(stderr, "ring: %s\n", strerror(-error));
			return 1;
		}
	}
	if (threaded) {
		pthread_create(&thread, NULL, operations, NULL);
		pthread_join(thread, NULL);
	} else {
		operations(NULL);
	}
	if (setup & IORING_SETUP_SQPOLL || flags & IOSQE_CQE_SKIP_SUCCESS || small)
		usleep(200000);
	return 0;
}
