"""How much memory this process has taken at most."""

import sys


def peak_memory_mib() -> float | None:
    """Peak resident memory of this process in MiB, None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
