"""What runs between the launcher and a program of ours: it arranges the program's death and becomes it.

`python -I -S child.py MODE SIGNAL PARENT_PID GUARD_FD command…` – the standard library only, and no import of ours,
because it runs before every program. It exists instead of `preexec_fn` because the launcher has threads, and because
`unshare` wants a process with one thread.

MODE is how the program sees its user: `plain` as it is, `userns` as uid 1000 of a user namespace of its own, `nobody`
as that account. GUARD_FD is the read end of a pipe whose write end only the launcher holds.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
USERNS_ID = 1000


def die_with_parent(signum: int, parent: int) -> None:
    """Ask for `signum` once `parent` (the pid of the caller's parent) is gone, even if it is gone already.

    On Linux the kernel does it, and "parent" is the *thread* that started us; the request is lost at fork and at a
    change of user, and survives exec. Elsewhere a thread of ours looks every half second.
    """
    if sys.platform != "linux":
        threading.Thread(target=_watch_parent, args=(signum, parent), daemon=True).start()
        return
    _libc_call("prctl", PR_SET_PDEATHSIG, ctypes.c_ulong(signum), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signum)


def _watch_parent(signum: int, parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signum)


def enter_user_namespace() -> None:
    """Become uid and gid 1000 of a new user namespace; outside of it nothing changes, files stay the caller's."""
    uid, gid = os.getuid(), os.getgid()
    _libc_call("unshare", CLONE_NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("gid_map", f"{USERNS_ID} {gid} 1"),
        ("uid_map", f"{USERNS_ID} {uid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def become_nobody() -> None:
    """Give up root for the account `nobody`, for good."""
    account = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def stay() -> None:
    """The user is right as it is."""


MODES = {"plain": stay, "userns": enter_user_namespace, "nobody": become_nobody}


def _libc_call(name: str, *args: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*args) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def become(command: list[str]) -> None:
    """Replace this process; Python's own ignoring of SIGPIPE and SIGXFSZ is not handed on."""
    for signum in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(signum, signal.SIG_DFL)
    os.execvp(command[0], command)


def guard(command: list[str], death_signal: int, guard_fd: int) -> int:
    """Where the kernel sends no death signal: stay as its parent, hand signals on, stop it when the pipe ends."""
    inherited = [fd for fd in _open_files() if fd > 2 and fd != guard_fd and _is_inheritable(fd)]
    program = subprocess.Popen(command, pass_fds=inherited)
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(signum, lambda number, frame: program.send_signal(number))
    threading.Thread(target=_wait_for_end, args=(guard_fd, program, death_signal), daemon=True).start()
    return program.wait()


def _open_files() -> list[int]:
    return [int(name) for name in os.listdir("/dev/fd")]


def _is_inheritable(fd: int) -> bool:
    try:
        return os.get_inheritable(fd)
    except OSError:
        return False


def _wait_for_end(guard_fd: int, program: subprocess.Popen, death_signal: int) -> None:
    os.read(guard_fd, 1)
    program.send_signal(death_signal)


def main(mode: str, death_signal: str, parent: str, guard_fd: str, *command: str) -> None:
    MODES[mode]()
    if int(guard_fd) >= 0:
        code = guard(list(command), int(death_signal), int(guard_fd))
        sys.exit(code if code >= 0 else 128 - code)
    die_with_parent(int(death_signal), int(parent))
    become(list(command))


if __name__ == "__main__":
    main(*sys.argv[1:])
