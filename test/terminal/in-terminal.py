"""Runs a program in a pseudo-terminal. Commands arrive on standard input, one JSON object per line; the output of the
terminal goes to standard output. Exits with the status of the program."""
import fcntl, json, os, pty, select, signal, struct, sys, termios

rows, columns, *words = sys.argv[1:]


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


pid, fd = pty.fork()
if pid == 0:
    resize(0, rows, columns)
    os.execvp(words[0], words)


def report_mode():
    """Writes to standard error whether the terminal is in the mode that shells expect."""
    local = termios.tcgetattr(fd)[3]
    is_canonical = local & termios.ICANON and local & termios.ECHO
    os.write(2, b"mode canonical\n" if is_canonical else b"mode raw\n")


waiting = [fd, 0]
pending = b""
while fd in waiting:
    ready, _, _ = select.select(waiting, [], [])
    if fd in ready:
        try:
            data = os.read(fd, 65536)
        except OSError:  # EIO: the program has closed the terminal
            data = b""
        if data:
            os.write(1, data)
        else:
            waiting.remove(fd)
    if 0 in ready:
        data = os.read(0, 65536)
        if not data:
            waiting.remove(0)
            continue
        *lines, pending = (pending + data).split(b"\n")
        for command in map(json.loads, lines):
            if "keys" in command:
                os.write(fd, command["keys"].encode())
            if "size" in command:
                resize(fd, *command["size"])
            if "signal" in command:
                os.kill(pid, getattr(signal, command["signal"]))
            if "mode" in command:
                report_mode()
_, status = os.waitpid(pid, 0)
report_mode()
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
