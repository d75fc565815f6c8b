"""Edits to the emulator's own text, which fail loudly when that text is not the expected one."""


class PatchDoesNotFitError(RuntimeError):
    """The emulator is not the version the patch was written for; a retry cannot help, the patch must be read again."""


def replace_once(text: str, old: str, new: str) -> str:
    """Return the text with its only occurrence of `old` replaced."""
    if text.count(old) != 1:
        raise PatchDoesNotFitError(f"expected exactly one {old!r} in the emulator, found {text.count(old)}")
    return text.replace(old, new)
