#!/usr/bin/env python3
"""CPU of the first run of a fresh clone, packages restored: user and system time of all processes, compiler server and build nodes too,
from `dotnet run --project local -- demo` to the demo's first line. Linux only; nothing of an earlier build is used.

  bench/first-run.py            with a compiler server, as `dotnet` does it unless told otherwise
  bench/first-run.py --alone    one compiler process a project (UseSharedCompilation=false)
"""
import ctypes, os, pathlib, resource, signal, subprocess, sys, tempfile, time

PR_SET_CHILD_SUBREAPER = 36
FIRST_LINE = "the mall answers"


def descendants():
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]), []).append(int(entry.name))
            except OSError:
                pass  # It has ended meanwhile.
    found, looking = [], [os.getpid()]
    while looking:
        of = children.get(looking.pop(), [])
        found += of
        looking += of
    return found


def main():
    alone = sys.argv[1:] == ["--alone"]
    here = pathlib.Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "--quiet", str(here), folder], check=True)
        subprocess.run(["dotnet", "restore", "local", "--verbosity", "quiet"], cwd=folder, check=True)
        # Servers of its own, so that none is warm and none stays.
        environment = {**os.environ, "MSBUILDDISABLENODEREUSE": "0", "UseSharedCompilation": str(not alone).lower(), "SharedCompilationId": f"first-run-{os.getpid()}"}
        environment.pop("Analyze", None)
        # Whatever is left by a process that ends becomes a child of this one, and is counted when it is waited for.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        run = subprocess.Popen(["dotnet", "run", "--project", "local", "--no-restore", "--", "demo"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        seen = any(FIRST_LINE in line for line in run.stdout)
        took = time.monotonic() - began
        while left := descendants():
            for process in left:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            try:
                while True:
                    os.waitpid(-1, 0)
            except ChildProcessError:
                pass
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    print(f"{'first line' if seen else 'NO LINE'} after {took:.1f} s, CPU {user + system:.1f} s (user {user:.1f}, system {system:.1f})")
    return 0 if seen else 1


if __name__ == "__main__":
    sys.exit(main())
