"""Prints one JSON array of [name, value] per stanza of the file named, as python3-debian reads it.

With apt_pkg below it, it leaves the blanks behind a value, which deb822(5) ignores.
"""

import json
import sys

from debian import deb822

with open(sys.argv[1], "rb") as index:
    for stanza in deb822.Deb822.iter_paragraphs(index, use_apt_pkg=sys.argv[2] == "apt_pkg"):
        sys.stdout.write(json.dumps([[str(n), stanza[n].rstrip(" \t")] for n in stanza.keys()]) + "\n")
