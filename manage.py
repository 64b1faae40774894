#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "airbrush.settings")
    if sys.argv[1:2] == ["up"]:
        from airbrush import laptop

        laptop.prepare(os.environ)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
