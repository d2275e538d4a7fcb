from datetime import UTC, date, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone

from aura.kit import clock, states
from aura.kit.templatetags import ui


class Sample(forms.Form):
    title = forms.CharField(label="Title", help_text="Short and clear.")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    day = forms.DateField(label="Day", required=False)
    at = forms.DateTimeField(label="When", required=False)
    agreed = forms.BooleanField(label="Agreed", required=False)
    kind = forms.ChoiceField(
        label="Kind", choices=[("a", "First"), ("b", "Second")], widget=forms.RadioSelect
    )
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def draw(text: str, **context) -> str:
    return Template("{% load ui %}" + text).render(Context(context))


def test_an_icon_without_a_label_is_decoration():
    assert 'aria-hidden="true"' in draw('{% icon "bell" %}')
    assert 'role="img" aria-label="Remove"' in draw('{% icon "x" label="Remove" %}')
    assert 'class="icon large"' in draw('{% icon "bell" class="large" %}')


def test_a_label_is_escaped():
    assert "<b>" not in draw("{% icon 'x' label=name %}", name='"><b>')


def test_thousands_are_marked():
    assert draw("{{ few|marked }} {{ many|marked }}", few=912, many=3912) == "912 3,912"


@pytest.mark.parametrize("status", states.STATE_LOOKS)
def test_every_state_has_a_shape_that_is_drawn_and_a_word(status, settings):
    look = states.look_of(status)
    assert f'id="s-{look.shape}"' in (settings.BASE_DIR / "static/icons/states.svg").read_text()
    assert look.word


@pytest.mark.parametrize("status", states.STATE_LOOKS)
def test_every_meaning_has_a_hue_unless_it_is_grey(status, settings):
    meaning = states.look_of(status).meaning
    grey = {"draft", "pending", "cancelled"}
    assert (
        meaning in grey
        or f"[data-state={meaning}]" in (settings.BASE_DIR / "static/css/tokens.css").read_text()
    )


def test_an_unknown_state_shows_its_own_name():
    assert "On hold" in draw('{% state_chip "on_hold" %}')


def test_a_state_alone_says_its_word_to_screen_readers_and_beside_its_word_does_not():
    assert 'aria-label="Failed"' in draw('{% state_glyph "failed" %}')
    assert "aria-label" not in draw('{% state_label "failed" %}')


def test_an_unknown_network_has_a_globe_and_its_name():
    drawn = draw('{% platform "new_net" %}')
    assert "i-globe" in drawn
    assert 'aria-label="New net"' in drawn


@pytest.mark.parametrize("network", ui.PLATFORMS)
def test_every_network_has_a_glyph(network, settings):
    symbol = ui.PLATFORMS[network][1]
    sprite = "platforms" if symbol.startswith("p-") else "lucide"
    assert f'id="{symbol}"' in (settings.BASE_DIR / f"static/icons/{sprite}.svg").read_text()


def test_a_field_ties_hint_and_error_to_its_control():
    form = Sample({"title": ""})
    drawn = draw("{% field form.title %}", form=form)
    assert 'aria-describedby="id_title-hint id_title-error"' in drawn
    assert 'id="id_title-hint"' in drawn
    assert 'id="id_title-error"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert '<label for="id_title"' in drawn


def test_a_field_without_error_is_not_invalid():
    drawn = draw("{% field form.title %}", form=Sample())
    assert "aria-invalid" not in drawn
    assert 'class="input"' in drawn


def test_a_field_that_may_stay_empty_says_so_unless_told_not_to():
    assert "optional" in draw("{% field form.note %}", form=Sample())
    assert "optional" not in draw("{% field form.note optional=False %}", form=Sample())
    assert "optional" not in draw("{% field form.title %}", form=Sample())


def test_extra_words_become_attributes_of_the_control():
    drawn = draw("{% field form.note data_limit=280 rows=6 %}", form=Sample())
    assert 'data-limit="280"' in drawn
    assert 'rows="6"' in drawn


def test_days_and_instants_use_the_browsers_own_inputs():
    form = Sample(initial={"day": date(2026, 3, 9), "at": datetime(2026, 3, 9, 7, 30)})
    assert 'type="date"' in draw("{% field form.day %}", form=form)
    assert 'value="2026-03-09"' in draw("{% field form.day %}", form=form)
    assert 'value="2026-03-09T07:30"' in draw("{% field form.at %}", form=form)


def test_a_tick_stands_in_its_label_and_choices_in_a_fieldset():
    assert '<label class="check">' in draw("{% field form.agreed %}", form=Sample())
    drawn = draw("{% field form.kind %}", form=Sample({"title": "x"}))
    assert "<fieldset" in drawn
    assert "<legend" in drawn
    assert drawn.count('type="radio"') == 2
    assert 'id="id_kind-error"' in drawn


def test_a_hidden_field_is_only_its_input():
    assert draw("{% field form.secret %}", form=Sample()).startswith("<input")


def test_an_instant_is_shown_on_the_clocks_of_the_active_zone():
    this_year = clock.now().year
    instant = datetime(this_year, 7, 14, 9, 5, tzinfo=UTC)
    with timezone.override("Europe/Dublin"):
        drawn = draw("{% wall instant show_zone=True %}", instant=instant)
    assert f"{instant:%a} 14 Jul 10:05 Europe/Dublin" in drawn
    assert f'datetime="{instant.isoformat()}"' in drawn


def test_another_year_is_named():
    assert "2019" in draw("{% wall_day day %}", day=date(2019, 1, 2))
    assert str(clock.now().year) not in draw("{% wall_day day %}", day=clock.now()).split(">", 1)[1]


def test_no_instant_shows_nothing():
    assert draw("{% wall nothing %}{% wall_day nothing %}{% wall_time nothing %}", nothing=None) == ""


def test_a_day_turns_at_midnight_of_the_zone():
    instant = datetime(clock.now().year, 7, 14, 23, 30, tzinfo=UTC)
    assert "15 Jul" in draw('{% wall_day instant "Europe/Dublin" %}', instant=instant)
    assert ">00:30<" in draw('{% wall_time instant "Europe/Dublin" %}', instant=instant)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ama Mensah", "AM"),
        ("Inês de la Duarte", "ID"),
        ("cher", "C"),
        ("ruth.barrow@example.com", "RB"),
        ("", "?"),
        ("Barrow & Rye", "BR"),
    ],
)
def test_initials(name, shown):
    assert ui.initials(name) == shown


def test_a_hue_stays_the_same_for_one_id():
    assert ui.hue("a") == ui.hue("a")
    assert {ui.hue(str(n)) for n in range(200)} == {1, 2, 3, 4, 5, 6}


def test_now_is_this_year_even_on_its_last_evening():
    new_year = clock.now() + timedelta(days=370)
    assert str(new_year.year) in draw("{% wall_day day %}", day=new_year)
