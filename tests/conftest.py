"""The order of the unit tests: `make test` gives each of two processes one half of them."""

# Files whose tests share what takes long to set up, a half's first: who has done its half takes from the end of the
# other's, and would set up what these share once more.
FIRST = (
    ["test_compiled.py", "test_sphinx_ext.py", "test_alternatives_measured.py"],
    [
        "test_shares.py",
        "test_exercises.py",
        "test_export.py",
        "test_book_head.py",
        "test_tools.py",
    ],
)


def pytest_collection_modifyitems(items):
    own = [item for item in items if "browser" not in item.path.parts]
    halves = [[item for name in names for item in own if item.path.name == name] for names in FIRST]
    rest = [item for item in own if not any(item.path.name in names for names in FIRST)]
    middle = max(len(own) // 2 - len(halves[0]), 0)
    others = [item for item in items if "browser" in item.path.parts]
    items[:] = [*halves[0], *rest[:middle], *halves[1], *rest[middle:], *others]
