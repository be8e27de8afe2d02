"""`python -m livelihood` is the `livelihood` command."""

from livelihood.cli import main

main()
