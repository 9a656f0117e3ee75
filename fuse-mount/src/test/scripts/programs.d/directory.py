"""Lists a large directory while files come and go: what stays throughout is listed exactly once."""

import os
import subprocess
import sys

CHURN = """
import os, sys
d, n = sys.argv[1], 0
while not os.path.exists(sys.argv[2]):
    for i in range(50):
        open(f"{d}/come-{n % 500}-{i}", "w").close()
    for i in range(50):
        os.unlink(f"{d}/come-{n % 500}-{i}")
    n += 1
    open(sys.argv[3], "w").close()
"""


def stay(i):
    return f"stays-{i:06d}-{'x' * (i % 40)}"


def check(directory, count):
    names = os.listdir(directory)
    assert len(names) == len(set(names)), "a name was listed twice"
    expected = {stay(i) for i in range(count) if i % 10 != 3}
    kept = {name for name in names if name.startswith("stays")}
    missing, surplus = expected - kept, kept - expected
    assert not missing, f"{len(missing)} not listed, {sorted(missing)[:3]}"
    assert not surplus, f"{len(surplus)} too many, {sorted(surplus)[:3]}"
    return names


def main():
    again = sys.argv[1] == "--again"
    if again:
        del sys.argv[1]
    home, count = sys.argv[1], int(sys.argv[2])
    directory, stop, round = (os.path.join(home, name) for name in ("large", "stop", "round"))
    if not again:
        os.mkdir(directory)
        for i in range(count):
            open(os.path.join(directory, stay(i)), "w").close()
        for i in range(3, count, 10):
            os.unlink(os.path.join(directory, stay(i)))
    for left in (stop, round):
        if os.path.exists(left):
            os.unlink(left)
    child = subprocess.Popen([sys.executable, "-c", CHURN, directory, stop, round])
    try:
        listings = 0
        while listings < 5 or not os.path.exists(round):
            check(directory, count)
            assert child.poll() is None, "what makes files come and go has failed"
            listings += 1
    finally:
        open(stop, "w").close()
        child.wait()
    assert child.returncode == 0
    left = [name for name in check(directory, count) if not name.startswith("stays")]
    assert not left, left[:5]


main()
