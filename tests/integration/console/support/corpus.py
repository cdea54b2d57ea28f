"""Texts that try to be more than text: what people outside can put into a hookd."""

MARK = "hostile-element"  # a custom element: whatever is parsed as markup becomes one

# Each has the mark, so that a test can tell where it is shown.
MARKUP = f"<{MARK} onclick=alert(1)>\"'><img src=x onerror=\"document.title='hostile'\"><script>alert(1)</script>"
BIDI = f"{MARK}\u202egnp.exe\u2066\u200b\u2069\ufeff"
ANSI = f"{MARK}\x1b[31mred\x1b]0;title\x07\x1b[2J\x08\x7f"
NULS = f"{MARK}" + "\x00" * 4096
LONG = MARK + "W" * 4000
TEMPLATES = f"{MARK}{{{{7*7}}}}${{alert(1)}}<%= 1 %>javascript:alert(1)//"
ALL = (MARKUP, BIDI, ANSI, NULS, LONG, TEMPLATES)

# What no screen may have in its text: it has to be made visible, such as \u{202E}.
INVISIBLE = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff\x00\x07\x08\x1b\x7f"


def short(text):
    """As much of a text as fits into a display name."""
    return text.encode()[:250].decode(errors="ignore")
