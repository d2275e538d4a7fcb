"""By hand: never sends, and knows the limits of the network it stands for."""

from __future__ import annotations

import pytest
from django import forms

from posts.networks.base import HandOver, Outgoing, OutgoingMedia
from posts.networks.by_hand import ByHand, ByHandForm
from posts.networks.facts import NAMES, OWN, capabilities_of
from posts.networks.testkit import NOW, drive


def outgoing(**settings: str) -> Outgoing:
    return Outgoing("t", "k", "Rye", channel="Shop window", settings=settings)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"stands_for": "instagram", "where": "@barrow.rye"},
            "It is time: post it on Instagram @barrow.rye, then tell Aura it is done.",
        ),
        ({"stands_for": "x"}, "It is time: post it on X, then tell Aura it is done."),
        (
            {"where": "the notice board"},
            "It is time: post it on the notice board, then tell Aura it is done.",
        ),
        ({}, "It is time: post it on Shop window, then tell Aura it is done."),
    ],
)
def test_it_hands_over_with_a_sentence(settings, sentence):
    driven = drive(ByHand(), outgoing(**settings))
    assert driven.end == "needs_confirmation"
    assert driven.outcomes == [HandOver(sentence)]
    assert ByHand().publish(outgoing(**settings), {}, now=NOW) == HandOver(sentence)


def test_it_has_the_limits_of_the_network_it_stands_for():
    assert ByHand().capabilities({"stands_for": "instagram"}) == capabilities_of("instagram")
    assert ByHand().capabilities({}).text == ()
    assert ByHand().capabilities({"stands_for": "by_hand"}).text == ()
    assert ByHand().capabilities({"stands_for": "myspace"}).text == ()


def test_long_words_block_and_a_file_of_the_wrong_kind_advises():
    png = OutgoingMedia("image/png", 1, "00", name="bread.png")
    post = Outgoing("t", "k", "x" * 2_201, (png,), settings={"stands_for": "instagram"})
    findings = {finding.code: finding.blocks for finding in ByHand().validate(post)}
    assert findings == {"text_too_long": True, "wrong_type": False}


def test_the_form_offers_every_network_and_somewhere_else():
    field = ByHandForm().fields["stands_for"]
    assert isinstance(field, forms.ChoiceField)
    offered = dict(list(field.choices))  # type: ignore[arg-type]
    assert set(offered) == set(NAMES) - OWN | {""}
    form = ByHandForm({"stands_for": "instagram", "where": "@barrow.rye"})
    assert form.is_valid()
    assert form.cleaned_data == {"stands_for": "instagram", "where": "@barrow.rye"}
    assert ByHandForm({}).is_valid()
    assert not ByHandForm({"stands_for": "webhook"}).is_valid()
