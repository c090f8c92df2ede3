"""Cases of a suite in Python: functions of one argument, each with a directory of its own."""
import os
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CPPROF = os.environ.get('CPPROF_BIN', os.path.join(ROOT, 'build/bin/cpprof'))

cases = {}


def case(function):
    cases[function.__name__] = function
    return function


def same(what, got, wanted):
    if got != wanted:
        raise AssertionError(f'{what}: {got!r}, not {wanted!r}')


def holds(what, condition):
    if not condition:
        raise AssertionError(what)


class Case:
    """What a case is given. Files are in its directory, which is removed when it ends."""

    def __init__(self, directory):
        self.directory = directory

    def path(self, name):
        return os.path.join(self.directory, name)

    def file(self, name, text):
        with open(self.path(name), 'wb') as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return self.path(name)

    def cpprof(self, *arguments, status=0):
        """Its standard output; `said` is what it wrote to standard error."""
        done = subprocess.run([CPPROF, *arguments], capture_output=True, check=False)
        self.said = done.stderr.decode(errors='replace')
        same(f'status of cpprof {" ".join(arguments)} ({self.said.strip()})', done.returncode, status)
        return done.stdout.decode()


def run(names, make=Case):
    """Runs them, with what `make` makes of a directory; how many failed."""
    failed = 0
    for name in names:
        directory = tempfile.mkdtemp(prefix='cpprof-reader-')
        try:
            cases[name](make(directory))
            print(f'ok {name}', flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f'not ok {name}: {type(error).__name__}: {error}', flush=True)
        finally:
            shutil.rmtree(directory)
    return failed
