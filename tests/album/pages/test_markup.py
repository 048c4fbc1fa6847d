import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from nostalgia.album.pages.markup import template_environment


def rendered(template: str, **values: object) -> str:
    return template_environment("nostalgia.album.pages").from_string(template).render(**values)


def test_inserted_text_is_escaped_and_markup_is_not() -> None:
    assert rendered("<p>{{ text }}</p>", text="<b>&") == "<p>&lt;b&gt;&amp;</p>"
    assert rendered("{{ text }}", text=Markup("<b>")) == "<b>"
    assert rendered("{{ number }}", number=3) == "3"


def test_characters_that_html_cannot_hold_are_replaced_wherever_text_is_inserted() -> None:
    template = (
        '{% from "text.html" import own_direction %}'
        '{% set title %}title="{{ text }}"{% endset %}<i {{ title }}>{{ own_direction(text) }}</i>'
    )
    expected = '<i title="a  [1m\nb?"><bdi dir="auto">a  [1m\nb?</bdi></i>'
    assert rendered(template, text="a\0\x1b[1m\nb\ud800") == expected


def test_a_missing_variable_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        rendered("{{ text }}")
