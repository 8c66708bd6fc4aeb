"""What is kept of texts is bounded in characters, and not in their number alone."""

from domain.remembering import LONGEST_KEPT, remembered


def test_a_short_text_is_worked_out_once_and_a_long_one_is_not_kept():
    asked: list[str] = []

    @remembered(2)
    def shout(text: str, mark: str = "!") -> str:
        asked.append(text)
        return text.upper() + mark

    long = "a" * (LONGEST_KEPT + 1)
    assert [shout("hi"), shout("hi"), shout("hi", "?")] == ["HI!", "HI!", "HI?"]
    assert shout(long) == shout(long) == long.upper() + "!"
    assert asked == ["hi", "hi", long, long]
