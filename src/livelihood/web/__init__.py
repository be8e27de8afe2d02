"""The shell of the pages: layout, components and static files. It knows no area."""
