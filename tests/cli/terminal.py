"""terminal.py [PATTERN=ANSWER]... -- COMMAND...

Runs COMMAND on a terminal of its own, waits for each PATTERN (a regular
expression) in turn and types ANSWER and a return; "^C", "^D" and "^Z" as an
answer are those keys, "!TERM" is that signal, "|FILE" what the program FILE prints
when it is given all that was shown. Prints what the terminal showed and ends
as COMMAND ended; 99 when a pattern, or the end, did not come within 60 s, 98
when the echo was left off.
"""
import os, pty, re, select, signal, subprocess, sys, termios, time

args = sys.argv[1:]
cut = args.index("--")
steps = [a.rsplit("=", 1) for a in args[:cut]]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(args[cut + 1], args[cut + 1:])
seen, rest, late = b"", b"", False
deadline = time.monotonic() + 60
while True:
    wait = deadline - time.monotonic()
    if wait <= 0:
        late = True
        os.kill(pid, 9)
        break
    if not select.select([fd], [], [], wait)[0]:
        continue
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    rest += data
    if steps and re.search(steps[0][0].encode(), rest):
        answer = steps.pop(0)[1]
        if answer[:1] == "!":
            os.kill(pid, signal.Signals["SIG" + answer[1:]])
        elif answer[:1] == "|":
            os.write(fd, subprocess.run(
                [answer[1:]], input=seen.replace(b"\r", b""),
                stdout=subprocess.PIPE).stdout.strip() + b"\n")
        else:
            os.write(fd, {"^C": b"\x03", "^D": b"\x04", "^Z": b"\x1a"}.get(
                answer, answer.encode() + b"\n"))
        rest = b""
        deadline = time.monotonic() + 60
sys.stdout.buffer.write(seen.replace(b"\r", b""))
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if late or steps:
    print("terminal: nobody asked:", steps)
    sys.exit(99)
try:
    echo = termios.tcgetattr(fd)[3] & termios.ECHO
except termios.error:
    echo = True
sys.exit(status if echo else 98)
