"""`python -m nostalgia` is the command `nostalgia`."""

from nostalgia.cli.app import main

if __name__ == "__main__":
    main()
