"""The contract between Aura and a network. It knows no model, no request and no queue.

The publishing engine turns a target into an `Outgoing`, calls `prepare` (repeatable), then commits "sending",
then calls `publish` exactly once per attempt and writes down the `Outcome`. Adapters tell the truth about what
happened and nothing else: they never sleep, never retry, never touch the database.

The one question that matters is *may it be out there already?*

==============  =============================================================  ================================
outcome         what it promises                                               what the engine does
==============  =============================================================  ================================
`Accepted`      it is live                                                     published
`Rejected`      it is not live, and the same request will be refused again     failed, says sentence and fix
`RetryAfter`    it is not live, and trying later may work                      scheduled again after `seconds`
`Ambiguous`     nobody knows                                                   by `retry_class`, see below
`HandOver`      nothing was sent, a person has to do it                        needs_confirmation
==============  =============================================================  ================================

After `Ambiguous` (or a worker that died while sending):
`idempotent` → publish again with the same key, as long as `key_lives`; `reconcile` → `reconcile()`, and send again
only after two `Absent` at least 60 seconds apart; `human` → needs_confirmation. From then on a `Rejected` or
`RetryAfter` speaks for its own request only: the doubtful one may be live, and a person decides.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms

from posts.networks.connecting import AppKeys, Connected, ConnectsBy, Renewed
from posts.networks.facts import WORDS, Capabilities, capabilities_of
from posts.networks.figures import Figures
from posts.networks.judging import judge
from posts.networks.values import (
    Absent,
    Accepted,
    Ambiguous,
    Card,
    Finding,
    Found,
    HandOver,
    Outcome,
    Outgoing,
    OutgoingMedia,
    Person,
    Preparation,
    Ready,
    Reconciliation,
    Rejected,
    ReplyTo,
    RetryAfter,
    RetryClass,
    State,
    Unknown,
    Waiting,
)

__all__ = [
    "Absent",
    "Accepted",
    "Ambiguous",
    "AppKeys",
    "Capabilities",
    "Card",
    "Connected",
    "ConnectsBy",
    "Figures",
    "Finding",
    "Found",
    "HandOver",
    "Network",
    "NoSettingsForm",
    "Outcome",
    "Outgoing",
    "OutgoingMedia",
    "Person",
    "Preparation",
    "Ready",
    "Reconciliation",
    "Rejected",
    "Renewed",
    "ReplyTo",
    "RetryAfter",
    "RetryClass",
    "State",
    "Unknown",
    "Waiting",
]


TRY_SECONDS = 5
"""Longest time for trying a connection: a person, or a program, waits for it."""
FIND_SECONDS = 4
"""Longest time for a question while somebody types."""
FOUND_AT_MOST = 8


class NoSettingsForm(forms.Form):
    """A channel that needs nothing but its name."""


class Network(ABC):
    """One kind of channel. An instance is shared by all threads and holds no state."""

    slug: ClassVar[str]
    name: ClassVar[str]
    retry_class: ClassVar[RetryClass]
    by_hand: ClassVar[bool] = False
    """Whether a person posts and Aura only reminds."""
    key_lives: ClassVar[timedelta | None] = None
    """How long the network remembers a key (None: for ever). Only read where `retry_class` is idempotent."""
    spacing_seconds: ClassVar[int] = 30
    """Smallest distance between two posts on one channel."""
    timeout_seconds: ClassVar[int] = 20
    """Longest time `publish` may take: the engine's lease has to be longer."""
    needs_public_media: ClassVar[bool] = False
    """Whether the network fetches files from us (`OutgoingMedia.url`)."""
    settings_form: ClassVar[type[forms.Form]] = NoSettingsForm
    """What a person fills in to connect a channel. Its `cleaned_data` is the channel's settings, and JSON."""
    fixed_settings: ClassVar[frozenset[str]] = frozenset()
    """Those of its fields that say where an account is: nobody changes them once it is connected."""
    connects_by: ClassVar[ConnectsBy] = ConnectsBy.FORM
    sign_in_form: ClassVar[type[forms.Form] | None] = None
    """What is secret of what a person fills in, where `connects_by` is PASSWORD. Shown empty, always."""
    needs_app: ClassVar[bool] = False
    """Whether an owner has to enter keys of an app made in the network's developer pages."""
    app_help: ClassVar[str] = ""
    """Where those keys come from, in a sentence or two; the page shows the exact callback to copy beside it."""
    renew_ahead: ClassVar[timedelta] = timedelta(hours=1)
    """How long before its end an access token is renewed."""

    sends_card: ClassVar[bool] = False
    """Whether the card of a link is ours to send: the network reads no page by itself."""
    publish_scopes: ClassVar[frozenset[str]] = frozenset()
    """Permissions without which nothing can be posted, as the `scope` of a credential names them."""

    def needed_scopes(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """The permissions without which a channel with these settings cannot post."""
        return self.publish_scopes

    def new_credential(self) -> dict[str, str]:
        """The secrets Aura makes for a new channel, to be sealed; `shown_once` picks those a person has to copy."""
        return {}

    def renewed_credential(self, credential: Mapping[str, str], *, now: datetime) -> dict[str, str]:
        """The credential after a person asked for a new secret; the old one keeps working for a while."""
        return self.new_credential()

    def shown_once(self, credential: Mapping[str, str]) -> dict[str, str]:
        """{label: secret} to be shown to the person right after it was made, and never again."""
        return {}

    @property
    def words(self) -> str:
        """What it is to whoever connects a channel, in a line; an adapter without facts says it itself."""
        return WORDS.get(self.slug, "")

    def describe(self, settings: Mapping[str, Any]) -> str:
        """Where a channel leads, in a few words and without secrets, for lists of channels."""
        return self.name

    def capabilities(self, settings: Mapping[str, Any]) -> Capabilities:
        """The limits of this channel: the facts of the network, and over them what it told us (`learn`)."""
        return capabilities_of(self.slug).told(settings.get("learned") or {})

    def retry_class_of(self, settings: Mapping[str, Any]) -> RetryClass:
        """What may be done after no clear answer, where that is not the same for all channels of the network."""
        return self.retry_class

    def validate(self, outgoing: Outgoing) -> list[Finding]:
        """What the network would refuse or spoil, without asking it."""
        return judge(outgoing, self.capabilities(outgoing.settings))

    def prepare(
        self, outgoing: Outgoing, state: State, *, save: Callable[[State], None], now: datetime
    ) -> Preparation:
        """Uploads and containers: all that may be repeated. Calls `save(state)` as soon as an id arrives.

        `outgoing.key` may still be empty here: it is made in the second of sending.
        """
        return Ready(state)

    def poll(self, outgoing: Outgoing, state: State, *, now: datetime) -> Preparation:
        """Ask how far the network is after `Waiting`."""
        return Ready(state)

    @abstractmethod
    def publish(self, outgoing: Outgoing, state: State, *, now: datetime) -> Outcome:
        """Make exactly one irreversible request and say honestly what became of it.

        Never raises for what the network does; an exception is a bug and counts as `Ambiguous`.
        """

    def remote_id_in(self, url: str, settings: Mapping[str, Any]) -> str:
        """Return what the network itself calls the post whose address a person gave, "" where no address tells that."""
        return ""

    def reconcile(
        self, outgoing: Outgoing, state: State, *, since: datetime, now: datetime
    ) -> Reconciliation:
        """Look for the post on the network; `since` is when the doubtful attempt began."""
        return Unknown()

    # While somebody writes -------------------------------------------------------------------------------------

    mentions_help: ClassVar[str] = ""
    """What to say to whoever mentions somebody, where the network cannot be asked."""

    @property
    def finds_people(self) -> bool:
        """Whether `find_people` is worth asking."""
        return type(self).find_people is not Network.find_people

    def find_people(
        self, typed: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> list[Person] | Rejected | RetryAfter | None:
        """Ask for accounts whose handle or name begins as what is typed, the likeliest first; a handful, and fast.

        Somebody waits for it, so it gives up after `FIND_SECONDS`. None: this network has no search for us.
        """
        return None

    # Connecting ------------------------------------------------------------------------------------------------

    def app_keys_for(self, settings: Mapping[str, Any]) -> str:
        """Return what the keys of the app belong to, for those who keep them: the network, or one server of many."""
        return self.slug

    def register_app(self, settings: Mapping[str, Any], *, redirect_uri: str) -> AppKeys | Rejected | None:
        """Make this Aura known to the server that `settings` name, where a network allows that by itself."""
        return None

    def authorize_url(
        self, app: AppKeys, settings: Mapping[str, Any], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """Return the network's page where a person says yes. `challenge` is PKCE's, S256 (RFC 7636)."""
        raise NotImplementedError

    def exchange(
        self,
        app: AppKeys,
        settings: Mapping[str, Any],
        *,
        code: str,
        redirect_uri: str,
        verifier: str,
        now: datetime,
    ) -> Connected | Rejected:
        """Turn the code that came back into accounts with credentials."""
        raise NotImplementedError

    def sign_in(
        self, settings: Mapping[str, Any], secrets: Mapping[str, str], *, now: datetime
    ) -> Connected | Rejected:
        """Try what a person filled in (`connects_by` is PASSWORD). A password is kept only if nothing else renews."""
        raise NotImplementedError

    def refresh(
        self,
        app: AppKeys | None,
        settings: Mapping[str, Any],
        credential: Mapping[str, str],
        *,
        now: datetime,
    ) -> Renewed | Rejected | RetryAfter | None:
        """Renew a credential. None: there is nothing to renew. `Rejected`: a person has to connect again."""
        return None

    def learn(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Mapping[str, Any] | None:
        """Ask the network for this channel's own limits and quota: fields of `Capabilities` to their values.

        They are kept as `settings["learned"]`. None where it could not be asked; {} where there is nothing to ask.
        """
        return {}

    def try_connection(
        self, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Outcome:
        """Check a channel without publishing anything. `Accepted` says that it works."""
        return Accepted("", sentence=f"{self.name} needs no connection.")

    # Afterwards ------------------------------------------------------------------------------------------------

    @property
    def tells_figures(self) -> bool:
        """Whether `figures` is worth asking."""
        return type(self).figures is not Network.figures

    def figures(
        self, remote_id: str, settings: Mapping[str, Any], credential: Mapping[str, str], *, now: datetime
    ) -> Figures | Rejected | RetryAfter | None:
        """Ask how a post does. None: this network tells nobody. `Rejected`: not this post, or not with these scopes."""
        return None
