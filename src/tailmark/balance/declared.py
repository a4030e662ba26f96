"""What a method that balances views must be given."""

from __future__ import annotations

from tailmark.errors import TailmarkError


def several(method: str, views: tuple[str, ...]) -> tuple[str, ...]:
    """The views, if there is something to balance."""
    if len(views) > 1:
        return views
    raise TailmarkError(
        f"Method '{method}' balances two views or more; got {', '.join(views) or 'none'}. Name more `views` in the "
        "suite, or use `one-view`."
    )
