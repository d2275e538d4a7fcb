"""Secrets at rest."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from aura.kit.secrets import SecretUnreadable, new_key, rotate, seal, seal_dict, unseal, unseal_dict


@pytest.fixture
def keys(settings) -> list[str]:
    settings.AURA_SECRET_KEYS = [new_key()]
    return settings.AURA_SECRET_KEYS


def test_what_is_sealed_comes_back_and_does_not_show(keys):
    for text in ("", "whsec_abc", "пароль 🔑", "x" * 10_000):
        sealed = seal(text)
        assert unseal(sealed) == text
        assert sealed.isascii()
        assert not text or text not in sealed
    assert seal("same") != seal("same")


def test_an_old_key_still_opens_and_rotation_moves_to_the_new_one(settings):
    old, new = new_key(), new_key()
    settings.AURA_SECRET_KEYS = [old]
    sealed = seal("token")
    settings.AURA_SECRET_KEYS = [new, old]
    assert unseal(sealed) == "token"
    moved = rotate(sealed)
    settings.AURA_SECRET_KEYS = [new]
    assert unseal(moved) == "token"
    with pytest.raises(SecretUnreadable, match="AURA_SECRET_KEYS"):
        unseal(sealed)


@pytest.mark.parametrize("broken", ["", "plain text", "gAAAAAB", "ключ", "=", "gAAAAA" + "A" * 100])
def test_what_no_key_opens_says_so(broken, keys):
    with pytest.raises(SecretUnreadable):
        unseal(broken)
    with pytest.raises(SecretUnreadable):
        rotate(broken)


def test_an_edited_seal_is_refused(keys):
    sealed = seal("token")
    with pytest.raises(SecretUnreadable):
        unseal(sealed[:30] + ("A" if sealed[30] != "A" else "B") + sealed[31:])


def test_dicts_are_sealed_as_one(keys):
    assert unseal_dict(seal_dict({"secret": "s", "n": 1})) == {"secret": "s", "n": 1}
    assert seal_dict({}) == ""
    assert unseal_dict("") == {}


@pytest.mark.parametrize("bad", [[], ["short"], ["not base64 at all, really not, no no no no"]])
def test_keys_that_are_none_are_refused_with_a_sentence(bad, settings):
    settings.AURA_SECRET_KEYS = bad
    with pytest.raises(ImproperlyConfigured, match="AURA_SECRET_KEYS"):
        seal("x")


def test_the_message_does_not_show_a_key(keys):
    with pytest.raises(SecretUnreadable) as refused:
        unseal("nonsense")
    assert keys[0] not in str(refused.value)
