"""`hayloft shell` on a pseudo terminal, as somebody types at it: prompt, completion, history, ^C, ^D, a command that does not exist.

    shell_terminal.py HAYLOFT ENDPOINT HOME        credentials are in the environment, HOME is a scratch directory

Any surprise is an AssertionError that shows what was on the screen.
"""
import os
import pty
import re
import select
import struct
import fcntl
import sys
import termios
import time

CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>()][0-9A-B]?|[\r\x07\x08]")
UP = "\x1bOA"
LONGEST = 60  # seconds: only what hangs takes so long


class Terminal:
    """The master's end of it. What came since the last look is in `screen`, as it came."""

    def __init__(self, *command):
        self.screen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.environ["HAYLOFT_JAVA_OPTS"] = "-Duser.home=" + sys.argv[3]  # the JDK does not look at the variable
            os.execv(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))

    def read(self, deadline):
        """False at the end of the program."""
        if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
            raise AssertionError("nothing more came; on the screen is\n" + self.screen + "\n" + repr(self.screen))
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            return False
        self.screen += piece.decode(errors="replace")
        return bool(piece)

    def plain(self):
        return CONTROL.sub("", self.screen)

    def await_text(self, *patterns):
        """What came until all of these had, in this order; it is taken off the screen."""
        wanted = re.compile(".*?".join(patterns), re.S)
        deadline = time.monotonic() + LONGEST
        while not wanted.search(self.plain()):
            assert self.read(deadline), "it ended; on the screen is\n" + self.screen
        came, self.screen = self.plain(), ""
        return came

    def type(self, text):
        os.write(self.fd, text.encode())

    def exit_code(self):
        deadline = time.monotonic() + LONGEST
        while self.read(deadline):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


PROMPT = r"hayloft> "
TABLE = (r"ID +PURPOSE", r"\n *\d+ +\w+", PROMPT)


def shell():
    terminal = Terminal(sys.argv[1], "shell", "--endpoint", sys.argv[2])
    terminal.await_text(r"Hayloft shell at " + re.escape(sys.argv[2]), PROMPT)
    return terminal


first = shell()
first.type("s3.bucket.create barn\r")
first.await_text("barn", PROMPT)

first.type("volume.list\r")
first.await_text(*TABLE)

# Tab ends a name that only one command has, with the blank behind it
first.type("volume.li\t")
first.await_text("volume.list ")
first.type("\r")
first.await_text(*TABLE)

# and shows those that begin so
first.type("volume.\t\t")
listed = first.await_text(r"volume\.fsck", r"volume\.vacuum")
assert "s3.bucket" not in listed, listed
first.type("\x03")
first.await_text(PROMPT)

# ^C abandons a line: what is typed next begins a new one
first.type("s3.bucket.delete barn -apply")
first.await_text("-apply")
first.type("\x03")
first.await_text(PROMPT)
first.type("s3.bucket.list\r")
first.await_text(r"BUCKET", r"\n *barn\b", PROMPT)

first.type("volume.lst\r")
said = first.await_text("hayloft: ", PROMPT)
assert "volume.lst" in said and "volume.list" in said.replace("volume.lst", ""), said

# nothing but the shell's own language is read out of a line
first.type("fs.ls /barn/!volume\r")
first.await_text("hayloft: there is nothing at /barn/!volume", PROMPT)

first.type("help volume.li\t")
first.await_text("help volume.list ")
first.type("\r")
first.await_text("-volumeId", PROMPT)

# arrow up repeats the last command
first.type("collection.list\r")
first.await_text("COLLECTION", PROMPT)
first.type(UP)
first.await_text(r"collection\.list")
first.type("\r")
first.await_text("COLLECTION", PROMPT)

# lines with secrets are not kept
first.type("s3.user.create carter -accessKey carterskey -secretKey carters-secret-key\r")
first.await_text("carter", PROMPT)
first.type("\x04")
assert first.exit_code() == 0

history = open(os.path.join(sys.argv[3], ".hayloft", "history")).read()
assert "collection.list" in history and "carters-secret-key" not in history, history

# a new shell knows them still
second = shell()
second.type(UP)
second.await_text(r"collection\.list")
second.type("\r")
second.await_text("COLLECTION", PROMPT)
second.type("exit\r")
assert second.exit_code() == 0
