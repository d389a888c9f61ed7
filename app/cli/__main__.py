"""`python -m app.cli` is `ecgfm`."""

from app.cli import main

main()
