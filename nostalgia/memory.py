"""How much memory this process, and those that it started, have taken at most."""

import os
import re
import sys
from pathlib import Path

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_memory_mib() -> float | None:
    """Peak resident memory of this process in MiB, None where the system does not tell."""
    if (peak := _peak_of(os.getpid())) is not None:
        return peak
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def children_peak_mib() -> float | None:
    """Sum of the peaks of the processes that this one started and that run now; Linux only.

    What `getrusage` says of children counts what they were before they became another program.
    """
    peaks = []
    for listed in Path("/proc/self/task").glob("*/children"):
        try:
            children = listed.read_text("ascii").split()
        except OSError:  # the thread has ended
            continue
        peaks += [_peak_of(int(child)) or 0.0 for child in children]
    return round(sum(peaks), 1) if peaks else None


def _peak_of(process: int) -> float | None:
    """As Linux has it: of this program alone, not of the one that it was forked from."""
    try:
        found = _PEAK.search(Path(f"/proc/{process}/status").read_text("ascii", "replace"))
    except OSError:
        return None
    return round(int(found[1]) / 1024, 1) if found else None
