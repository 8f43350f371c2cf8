/* Traces a process as strace does (trace PID), or writes a byte of its environment, unchanged, to its memory (write PID). */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

static int trace(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0 || waitpid(pid, &status, __WALL) != pid)
		return 1;
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0;
}

/* Returns the start of the stack. */
static unsigned long stack_of(pid_t pid)
{
	char path[64], line[512];
	unsigned long end = 0;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
		if (strstr(line, "[stack]") != NULL)
			sscanf(line, "%*x-%lx", &end);
	return end;
}

static int write_memory(pid_t pid)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)(stack_of(pid) - 16), 1 };

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) != 1)
		return 1;
	return process_vm_writev(pid, &here, 1, &there, 1, 0) != 1;
}

int main(int count, char **words)
{
	pid_t pid = count == 3 ? atoi(words[2]) : 0;

	if (pid == 0)
		return 2;
	return strcmp(words[1], "trace") == 0 ? trace(pid) : write_memory(pid);
}
