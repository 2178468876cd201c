"""`python -m echospan`: the command line, where its script is not on the path."""

from echospan.cli import main

if __name__ == "__main__":
    main()
