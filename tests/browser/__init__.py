import pytest

pytest.register_assert_rewrite(f"{__name__}.book", f"{__name__}.reader")
