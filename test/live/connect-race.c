/*
 * Connects to 127.0.0.1 or 127.0.0.2, while another thread rewrites the address. Prints the peer address that the
 * kernel reports for each connection. usage: connect-race
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMES 1000

static struct sockaddr_in address;
static volatile int racing = 1;

static void *rewrite(void *none)
{
	volatile in_addr_t *ip = &address.sin_addr.s_addr;

	while (racing) {
		*ip = htonl(0x7f000001);
		*ip = htonl(0x7f000002);
	}
	return none;
}

static void check(long result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

int main(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof address;
	pthread_t thread;

	address.sin_family = AF_INET;
	check(bind(listener, (struct sockaddr *)&address, size), "bind");
	check(listen(listener, 1024), "listen");
	check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
	pthread_create(&thread, NULL, rewrite, NULL);
	while (!address.sin_addr.s_addr)
		sched_yield();
	for (int i = 0; i < TIMES; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), accepted;
		struct sockaddr_in peer;

		check(connect(fd, (struct sockaddr *)&address, sizeof address), "connect");
		accepted = accept(listener, NULL, NULL);
		size = sizeof peer;
		check(getpeername(fd, (struct sockaddr *)&peer, &size), "getpeername");
		puts(inet_ntoa(peer.sin_addr));
		close(fd);
		close(accepted);
		sched_yield();
	}
	racing = 0;
	pthread_join(thread, NULL);
	return 0;
}
