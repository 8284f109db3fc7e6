"""The published pages, served for as long as a test needs them."""

import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager

SERVE = "from casekit.publish import serve; serve(0, warm=0)"


@contextmanager
def served(code=SERVE):
    """The address of the pages, served by a process of their own."""
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline()).group()
        finally:
            server.terminate()
            server.wait(30)
            server.stdout.close()
