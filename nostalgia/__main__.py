"""`python -m nostalgia` is the command `nostalgia`."""

import signal


def main() -> None:
    """Run the command line; the entry point of the command `nostalgia`.

    A Ctrl-C while the program is still being loaded ends it without a word.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from nostalgia.cli.app import main as run

    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
