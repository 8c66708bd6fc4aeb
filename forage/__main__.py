"""`python -m forage` is `forage`."""

from forage.cli import main

main()
