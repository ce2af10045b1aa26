"""One job of the benchmark by python3-apt or python3-debian: prints seconds, a count, peak KiB."""

import resource
import sys
import time

job, path, six = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
count = 0
started = time.perf_counter()
with open(path, "rb") as index:
    if job == "apt_pkg-all":
        import apt_pkg

        started = time.perf_counter()
        for section in apt_pkg.TagFile(index):
            count += len({name: section[name] for name in section.keys()})
    elif job == "apt_pkg-six":
        import apt_pkg

        started = time.perf_counter()
        for section in apt_pkg.TagFile(index):
            count += len({name: section[name] for name in six})
    elif job == "python-debian-all":
        from debian import deb822

        started = time.perf_counter()
        for stanza in deb822.Packages.iter_paragraphs(index, use_apt_pkg=True):
            count += len({name: stanza[name] for name in stanza.keys()})
seconds = time.perf_counter() - started
print(seconds, count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
