"""The webhook network against a stand-in over real HTTP: the contract, W1 and W2."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from aura.kit import egress
from aura.kit.signing import BODY_LIMIT, new_secret, sign, verify
from posts.networks.base import Accepted, Ambiguous, Outgoing, OutgoingMedia, Rejected, RetryAfter
from posts.networks.standin import Behaviour, StandIn
from posts.networks.testkit import NOW, NetworkContract, StandInStage, drive
from posts.networks.webhook import Webhook, WebhookForm


@pytest.fixture
def stand_in(settings) -> Iterator[StandIn]:
    with StandIn() as stand_in:
        settings.AURA_EGRESS_ALLOW = [stand_in.endpoint]
        yield stand_in


@pytest.fixture
def stage(stand_in) -> StandInStage:
    return StandInStage(stand_in, {"url": stand_in.url}, Webhook().new_credential())


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


class TestWebhookContract(NetworkContract):
    network_class = Webhook


class TestSignature:
    """W1."""

    def test_W1_the_published_vector(self):
        signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_W1_what_arrives_is_signed_byte_for_byte(self, webhook, stage, stand_in):
        outgoing = stage.outgoing("key-1")
        assert isinstance(webhook.publish(outgoing, {}, now=NOW), Accepted)
        (got,) = stand_in.received
        assert got.headers["webhook-id"] == "key-1"
        assert got.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
        assert got.headers["content-type"] == "application/json"
        key = base64.b64decode(outgoing.credential["secret"].removeprefix("whsec_"))
        wanted = hmac.new(key, f"key-1.{int(NOW.timestamp())}.".encode() + got.raw, hashlib.sha256).digest()
        assert got.headers["webhook-signature"] == "v1," + base64.b64encode(wanted).decode()
        assert verify(outgoing.credential["secret"], got.headers, got.raw)
        assert "Зайди 🥖".encode() in got.raw
        message = json.loads(got.raw)
        assert message["type"] == "post.published"
        assert message["data"]["text"] == outgoing.text

    def test_W1_one_changed_byte_breaks_the_signature(self, webhook, stage, stand_in):
        secret = stage.credential["secret"]
        webhook.publish(stage.outgoing("key-1"), {}, now=NOW)
        (got,) = stand_in.received
        assert not verify(secret, got.headers, got.raw + b" ")
        assert not verify(secret, {**got.headers, "webhook-id": "key-2"}, got.raw)
        assert not verify(secret, {**got.headers, "webhook-timestamp": "1"}, got.raw)
        assert not verify(secret, {**got.headers, "webhook-timestamp": "soon"}, got.raw)
        assert not verify(new_secret(), got.headers, got.raw)
        assert not verify(secret, {}, got.raw)
        assert not verify("whsec_!", got.headers, got.raw)

    def test_W1_two_signatures_while_the_secret_changes(self, webhook, stage, stand_in):
        old = stage.credential
        stage.credential = webhook.renewed_credential(old, now=NOW)
        assert stage.credential["secret"] != old["secret"]
        webhook.publish(stage.outgoing("a"), {}, now=NOW + timedelta(hours=23))
        webhook.publish(stage.outgoing("b"), {}, now=NOW + timedelta(hours=25))
        during, after = stand_in.received
        assert len(during.headers["webhook-signature"].split()) == 2
        assert verify(old["secret"], during.headers, during.raw)
        assert verify(stage.credential["secret"], during.headers, during.raw)
        assert not verify(old["secret"], after.headers, after.raw)
        assert verify(stage.credential["secret"], after.headers, after.raw)

    def test_W1_comparison_takes_constant_time(self, monkeypatch):
        called = []
        real = hmac.compare_digest

        def watched(a: bytes, b: bytes) -> bool:
            called.append(1)
            return real(a, b)

        monkeypatch.setattr(hmac, "compare_digest", watched)
        secret = new_secret()
        headers = {
            "webhook-id": "a",
            "webhook-timestamp": "1",
            "webhook-signature": sign(secret, "a", 1, b"x"),
        }
        assert verify(secret, headers, b"x")
        assert called

    def test_a_new_secret_is_long_enough_and_shown_once(self):
        credential = Webhook().new_credential()
        assert len(base64.b64decode(credential["secret"].removeprefix("whsec_"))) == 32
        assert Webhook().shown_once(credential) == {"Signing secret": credential["secret"]}

    @pytest.mark.parametrize("credential", [{}, {"secret": ""}, {"secret": "whsec_not base64"}])
    def test_without_a_secret_nothing_is_sent(self, credential, webhook, stage, stand_in):
        stage.credential = credential
        outcome = webhook.publish(stage.outgoing("a"), {}, now=NOW)
        assert isinstance(outcome, Rejected)
        assert outcome.code == "no_secret"
        assert stand_in.received == []


class TestAnswers:
    """W2."""

    def once(self, webhook, stage, *behaviours):
        stage.behave(*behaviours)
        return webhook.publish(stage.outgoing("key"), {}, now=NOW)

    def test_W2_a_redirect_is_never_followed(self, webhook, stage, stand_in):
        outcome = self.once(webhook, stage, Behaviour.REDIRECT)
        assert isinstance(outcome, Rejected)
        assert outcome.code == "redirected"
        assert [one.path for one in stand_in.received] == ["/hook"]

    def test_W2_gone_pauses_the_channel(self, webhook, stage):
        outcome = self.once(webhook, stage, Behaviour.GONE)
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.pauses_channel) == ("gone", True)
        assert "address" in outcome.fix

    @pytest.mark.parametrize(("behaviour", "seconds"), [(Behaviour.BUSY, 7), (Behaviour.UNAVAILABLE, 9)])
    def test_W2_retry_after_is_honoured(self, behaviour, seconds, webhook, stage):
        outcome = self.once(webhook, stage, behaviour)
        assert isinstance(outcome, RetryAfter)
        assert (outcome.seconds, outcome.waits_channel) == (seconds, True)

    @pytest.mark.parametrize(
        "behaviour", [Behaviour.FAIL_AFTER_WRITE, Behaviour.HANG, Behaviour.DRIP, Behaviour.DROP_AFTER_WRITE]
    )
    def test_W2_no_answer_is_ambiguous_and_the_same_key_settles_it(
        self, behaviour, webhook, stage, stand_in, monkeypatch
    ):
        if behaviour in (Behaviour.HANG, Behaviour.DRIP):
            monkeypatch.setattr(Webhook, "timeout_seconds", 1)
        stage.behave(behaviour)
        driven = drive(webhook, stage.outgoing("key"))
        assert isinstance(driven.outcomes[0], Ambiguous)
        assert driven.end == "published"
        assert [one.key for one in stand_in.received] == ["key", "key"]
        assert len(stand_in.posts) == 1

    def test_W2_a_refusal_after_no_answer_is_for_a_person(self, webhook, stage, stand_in):
        stage.behave(Behaviour.FAIL_AFTER_WRITE, Behaviour.REFUSE)
        assert drive(webhook, stage.outgoing("key")).end == "needs_confirmation"
        assert len(stand_in.posts) == 1

    def test_W2_a_refusal_is_final_and_says_what_to_do(self, webhook, stage):
        outcome = self.once(webhook, stage, Behaviour.REFUSE)
        assert isinstance(outcome, Rejected)
        assert outcome.code == "http_400"
        assert outcome.fix

    def test_nobody_home_is_tried_again_and_nothing_was_sent(self, webhook, stage, settings):
        stage.settings = {"url": "http://127.0.0.1:1/"}
        settings.AURA_EGRESS_ALLOW = ["127.0.0.1:1"]
        outcome = webhook.publish(stage.outgoing("key"), {}, now=NOW)
        assert isinstance(outcome, RetryAfter)
        assert "Nothing was sent" in outcome.sentence

    def test_S1_an_address_inside_reads_like_one_that_is_down(self, webhook, stage, settings, stand_in):
        down = stage.settings = {"url": "http://127.0.0.1:1/"}
        settings.AURA_EGRESS_ALLOW = ["127.0.0.1:1"]
        first = webhook.publish(stage.outgoing("key"), {}, now=NOW)
        settings.AURA_EGRESS_ALLOW = []
        stage.settings = {"url": down["url"].replace(":1/", "/")}
        assert webhook.publish(stage.outgoing("key"), {}, now=NOW) == first
        assert stand_in.received == []

    def test_an_address_that_is_no_longer_allowed_is_refused(self, webhook, stage):
        stage.settings = {"url": "http://example.com:22/"}
        outcome = webhook.publish(stage.outgoing("key"), {}, now=NOW)
        assert isinstance(outcome, Rejected)
        assert outcome.code == "bad_url"

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (200, Accepted),
            (204, Accepted),
            (404, Rejected),
            (413, Rejected),
            (500, Ambiguous),
            (None, Ambiguous),
        ],
    )
    def test_the_status_is_the_answer_even_when_the_body_breaks_off(
        self, status, expected, webhook, stage, monkeypatch
    ):
        broken = egress.Ambiguous(
            egress.Kind.TRUNCATED, "example.com gave no complete answer.", status=status
        )
        monkeypatch.setattr(egress, "request", lambda *a, **k: broken)
        assert isinstance(webhook.publish(stage.outgoing("key"), {}, now=NOW), expected)

    @pytest.mark.parametrize(
        ("answer", "remote_id", "url"),
        [
            (b'{"id": "77", "url": "https://example.com/p/77"}', "77", "https://example.com/p/77"),
            (b'{"id": 77}', "77", ""),
            (b'{"url": "javascript:alert(1)"}', "key", ""),
            (b'{"url": "https://example.com/a b"}', "key", ""),
            (b'{"url": "http://[::1"}', "key", ""),
            (b'{"url": 5, "id": []}', "key", ""),
            (b'["x"]', "key", ""),
            (b"", "key", ""),
            (b"\xff\xfe", "key", ""),
        ],
    )
    def test_a_receiver_may_name_the_post(self, answer, remote_id, url, webhook, stage, monkeypatch):
        monkeypatch.setattr(egress, "request", lambda *a, **k: egress.Response(200, {}, answer, ""))
        outcome = webhook.publish(stage.outgoing("key"), {}, now=NOW)
        assert isinstance(outcome, Accepted)
        assert (outcome.remote_id, outcome.url) == (remote_id, url)


class TestBody:
    def test_media_go_as_links(self, webhook, stage, stand_in):
        image = OutgoingMedia(
            "image/jpeg",
            12_345,
            "ab" * 32,
            url="https://a.example/f?s=1",
            width=3,
            height=2,
            alt_text="Bread",
        )
        webhook.publish(replace(stage.outgoing("k"), media=(image,)), {}, now=NOW)
        (media,) = json.loads(stand_in.received[0].raw)["data"]["media"]
        assert media["url"] == image.url
        assert (media["alt_text"], media["sha256"], media["width"]) == ("Bread", "ab" * 32, 3)

    def test_the_body_is_the_same_on_every_attempt(self, webhook, stage, stand_in):
        stage.behave(Behaviour.FAIL_AFTER_WRITE, Behaviour.BUSY)
        drive(webhook, stage.outgoing("k"))
        assert len(stand_in.received) == 3
        assert len({one.body for one in stand_in.received}) == 1
        assert len({one.headers["webhook-timestamp"] for one in stand_in.received}) == 3

    def test_the_longest_post_fits(self, webhook, stage):
        image = OutgoingMedia(
            "image/jpeg", 1, "ab" * 32, url="https://a.example/" + "f" * 300, alt_text="a" * 60
        )
        longest = replace(stage.outgoing("k"), text="я" * 4_000, media=(image,) * 10)
        assert webhook.validate(longest) == []

    def test_a_body_of_20_kB_is_found_before_it_is_sent(self, webhook, stage, stand_in):
        large: Outgoing = replace(stage.outgoing("k"), text="🥖" * 4_000, title='"' * 3_000)
        assert [finding.code for finding in webhook.validate(large)] == ["body_too_large"]
        outcome = webhook.publish(large, {}, now=NOW)
        assert isinstance(outcome, Rejected)
        assert f"{BODY_LIMIT:,}" in outcome.sentence
        assert stand_in.received == []


class TestChannel:
    def test_trying_the_connection_publishes_no_post(self, webhook, stage, stand_in):
        outcome = webhook.try_connection(stage.settings, stage.credential, now=NOW)
        assert isinstance(outcome, Accepted)
        (got,) = stand_in.received
        assert json.loads(got.raw)["type"] == "channel.test"
        assert verify(stage.credential["secret"], got.headers, got.raw)
        stage.behave(Behaviour.UNAUTHORIZED)
        assert isinstance(webhook.try_connection(stage.settings, stage.credential, now=NOW), Rejected)

    def test_the_form_takes_public_addresses_only(self):
        assert WebhookForm({"url": " https://example.com/hook "}).is_valid()
        for url in (
            "",
            "http://127.0.0.1/",
            "https://user:pw@example.com/",
            "ftp://example.com/",
            "x" * 3_000,
        ):
            form = WebhookForm({"url": url})
            assert not form.is_valid()
            assert form.errors["url"]

    def test_the_form_takes_what_the_operator_allows(self, stand_in):
        form = WebhookForm({"url": stand_in.url})
        assert form.is_valid(), form.errors
        assert form.cleaned_data == {"url": stand_in.url}

    def test_a_channel_is_described_by_its_host(self):
        assert Webhook().describe({"url": "https://hooks.example.com/T0/secret"}) == "hooks.example.com"
        port = {"url": "https://me:secret@127.0.0.1:9000/T0/secret?key=secret"}
        assert Webhook().describe(port) == "127.0.0.1:9000"
        assert Webhook().describe({"url": "http://[::1]:9000/secret"}) == "[::1]:9000"
        assert Webhook().describe({}) == "Webhook"
