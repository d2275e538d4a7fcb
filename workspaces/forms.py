"""Where input about people and workspaces is judged."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from workspaces import talk
from workspaces.models import Comment, Invitation, Membership, User, Workspace, WorkspaceModel
from workspaces.models.workspace import validate_plain_text
from workspaces.notices import Kind, kinds, wishes_of
from workspaces.roles import Role, at_least, rank

_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
# Prefixes of old names, kept by the time-zone data for old programs only.
_OLD = ("Etc/", "SystemV/", "US/", "posix/", "right/")


@cache
def zone_choices() -> list[tuple[str, str]]:
    """Return the time zones of this machine for a select: UTC, then places by continent."""
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(_OLD))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in places)]


class CommentForm(forms.ModelForm):  # type: ignore[type-arg]
    """What somebody has to say about a thing: all of it, or words of it that they quote; or in answer to a comment."""

    parent = forms.ModelChoiceField(Comment.objects.none(), required=False)
    place = ""  # where the quoted words were found

    class Meta:
        model = Comment
        fields = ("body", "quote", "quote_at")
        error_messages = {"body": {"required": "Write something first."}}

    def __init__(self, *args: Any, subject: WorkspaceModel, only_body: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject = subject
        if only_body:
            for name in ("parent", "quote", "quote_at"):
                del self.fields[name]
            return
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ModelChoiceField)
        parent.queryset = Comment.objects.filter(
            subject_type=subject._meta.label_lower, subject_id=subject.pk, parent=None
        )
        self.fields["quote"].widget = forms.TextInput()

    def clean_quote(self) -> str:
        """Bring the quoted words to one line."""
        return talk.flat(self.cleaned_data["quote"])

    def clean(self) -> dict[str, Any]:
        """Find the quoted words in what the thing says."""
        cleaned: dict[str, Any] = super().clean() or {}
        quote = cleaned.get("quote")
        if quote and not cleaned.get("parent"):
            near, asked = cleaned.get("quote_at"), str(self.data.get("place", ""))
            found = talk.locate(
                quote, talk.kind_of(self.subject).places(self.subject), place=asked, near=near
            )
            if found is None:
                self.add_error(
                    "quote",
                    "These words are not in it as it is saved. Copy them exactly, or leave this empty.",
                )
            else:
                self.place, cleaned["quote_at"] = found
        return cleaned


class ZoneField(forms.ChoiceField):
    """A time zone from the list; a zone in use that has left the list can stay."""

    def valid_value(self, value: Any) -> bool:
        """Accept every zone of the machine's data."""
        return super().valid_value(value) or value in available_timezones()


def zone_field(label: str = "Time zone", **options: Any) -> ZoneField:
    """Return a field for a time zone; `data-zone` lets the page's script fill in the browser's."""
    sentence = {"invalid_choice": "Pick a time zone from the list, such as Europe/Dublin."}
    return ZoneField(label=label, choices=zone_choices, error_messages=sentence, **options)


class SignupNameForm(forms.Form):
    """What Aura asks for besides e-mail and password when somebody signs up."""

    field_order = ["name", "email", "password1"]
    name = forms.CharField(
        label="Your name",
        max_length=80,
        validators=[validate_plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Do nothing more: the adapter has saved the name with the account."""


class NewWorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new workspace: its name, its address (made from the name when left empty), its zone."""

    slug = forms.CharField(
        label="Address",
        max_length=50,
        required=False,
        help_text="Part of every link: small letters, digits and hyphens. It stays as it is now.",
    )
    zone = zone_field(help_text="Times are shown and promised by these clocks.")

    class Meta:
        model = Workspace
        fields = ["name", "slug", "zone"]
        labels = {"name": "What is your team called?"}

    def clean_slug(self) -> str:
        """Judge a chosen address; an empty one is made from the name."""
        slug: str = self.cleaned_data["slug"].strip().lower()
        if slug and not _SLUG.match(slug):
            raise ValidationError(
                "Use small letters, digits and single hyphens between them, such as barrow-rye."
            )
        return slug


class ApprovalFields:
    """What forms of whatever asks for approval share: the person is one who may answer, and named where one is asked.

    Call `offer_approvers` from `__init__`, and `judge_approver` from `clean`.
    """

    fields: dict[str, forms.Field]

    def offer_approvers(self, workspace: Workspace) -> None:
        """Offer the members of the workspace who may approve."""
        person = self.fields["approver"]
        assert isinstance(person, forms.ModelChoiceField)
        allowed = [role for role in Role.values if at_least(role, Role.EDITOR)]
        mine = Membership.objects.filter(workspace=workspace, role__in=allowed, user__is_active=True)
        person.queryset = User.objects.filter(pk__in=mine.values("user")).order_by("name", "email")
        person.empty_label = "Choose a person"
        person.required = False
        person.label = "The person"
        person.error_messages["invalid_choice"] = "They cannot approve any more. Choose somebody else."

    def judge_approver(self, cleaned: dict[str, Any]) -> None:
        """Ask for a person where one has to approve, and forget one that nobody asks for."""
        if cleaned.get("approval") != Workspace.Approval.PERSON:
            cleaned["approver"] = None
        elif cleaned.get("approver") is None and "approver" not in self.errors:  # type: ignore[attr-defined]
            self.add_error("approver", "Choose who has to approve.")  # type: ignore[attr-defined]


class WorkspaceForm(ApprovalFields, forms.ModelForm):  # type: ignore[type-arg]
    """The name, zone and rules of a workspace."""

    zone = zone_field(
        help_text="Times are shown and promised by these clocks. Scheduled posts keep their moment."
    )

    class Meta:
        model = Workspace
        fields = ["name", "zone", "approval", "approver", "client_approval", "grace_minutes", "links"]
        labels = {
            "approval": "Who has to approve a post before it goes out",
            "grace_minutes": "Send late by up to (minutes)",
        }
        help_texts = {
            "approval": "A channel may ask for more. Scheduled posts that lack the yes then wait.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "approver" in self.fields:
            self.offer_approvers(self.instance)

    def clean(self) -> dict[str, Any]:
        """Judge the person together with the rule."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "approver" in self.fields:
            self.judge_approver(cleaned)
        return cleaned


def roles_up_to(role: str) -> list[tuple[str, str]]:
    """Return the roles that a member of `role` can give, strongest first."""
    return [(value, label) for value, label in Role.choices if rank(value) <= rank(role)]


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    """An invitation: whom (or whoever has the link), and as what. Roles above one's own are not offered."""

    class Meta:
        model = Invitation
        fields = ["email", "role"]
        labels = {"email": "Email", "role": "Role"}
        help_texts = {"email": "Leave it empty for a link that the first person who opens it can use."}
        error_messages = {
            "role": {
                "invalid_choice": "You can give roles up to your own, and never that of an owner. Pick another."
            }
        }

    def __init__(self, *args: Any, giver_role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [choice for choice in roles_up_to(giver_role) if choice[0] != Role.OWNER]
        role = self.fields["role"]
        assert isinstance(role, forms.TypedChoiceField)
        role.choices = offered
        if not self.instance.role and (Role.EDITOR.value, Role.EDITOR.label) in offered:
            self.initial["role"] = Role.EDITOR

    def clean_email(self) -> str:
        """Bring the address to lower case; refuse somebody who is a member."""
        email: str = self.cleaned_data["email"].strip().lower()
        validate_plain_text(email)
        members = Membership.objects.filter(workspace_id=self.instance.workspace_id, user__email=email)
        if email and members.exists():
            raise ValidationError("This person is a member already.")
        return email


class RoleForm(forms.Form):
    """A role to give to a member."""

    role = forms.ChoiceField(label="Role", choices=Role.choices)


class LesserRoleForm(forms.Form):
    """A role that a program may give: owners are made by people alone, who are asked for their password."""

    role = forms.ChoiceField(
        label="Role",
        choices=[choice for choice in Role.choices if choice[0] != Role.OWNER],
        error_messages={
            "invalid_choice": "Pick admin, editor, contributor or viewer. Owners are made in Settings, People."
        },
    )


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person says about themselves; the e-mail address is changed on its own page, with the password."""

    zone = zone_field("Your time zone", required=False, help_text="For pages outside a workspace.")

    class Meta:
        model = User
        fields = ["name", "zone", "theme", "shortcuts_enabled"]
        labels = {
            "name": "Name",
            "theme": "Appearance",
            "shortcuts_enabled": "Single-letter shortcuts (N, U, J, K…)",
        }
        widgets = {"theme": forms.RadioSelect, "name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        zone = self.fields["zone"]
        assert isinstance(zone, ZoneField)
        zone.choices = [("", "Same as the workspace"), *zone_choices()]


class NoticesForm(forms.Form):
    """Where a person wants to hear of each kind of thing: two ticks a line."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for wish in wishes_of(user):
            for way, word, is_on in (
                ("aura", "in Aura", wish.in_aura),
                ("mail", "by e-mail", wish.by_mail),
            ):
                self.fields[f"{wish.kind.slug}_{way}"] = forms.BooleanField(
                    label=f"{wish.kind.label}, {word}", required=False, initial=is_on
                )

    @property
    def lines(self) -> list[tuple[Kind, forms.BoundField, forms.BoundField]]:
        """Return each kind with its two ticks."""
        return [(kind, self[f"{kind.slug}_aura"], self[f"{kind.slug}_mail"]) for kind in kinds()]

    @property
    def choices(self) -> dict[str, tuple[bool, bool]]:
        """Return what was ticked: {kind: (in Aura, by e-mail)}."""
        data = self.cleaned_data
        return {kind.slug: (data[f"{kind.slug}_aura"], data[f"{kind.slug}_mail"]) for kind in kinds()}


class SayNameForm(forms.Form):
    """Asks to type a name before something goes: of the workspace, or the e-mail address of the account."""

    typed = forms.CharField(label="Type it", max_length=254)

    def __init__(self, *args: Any, expected: str, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["typed"].label = label
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        """Compare what was typed with what it should be."""
        typed: str = self.cleaned_data["typed"].strip()
        if typed.casefold() != self.expected.casefold():
            raise ValidationError(
                f"That is not “{self.expected}”. Type it exactly, or keep things as they are."
            )
        return typed


class ActivityFilter(forms.Form):
    """Narrows the activity: to one person, or one kind of change. Values that do not exist narrow nothing."""

    KINDS = [
        ("", "Everything"),
        ("posts", "Posts and channels"),
        ("campaigns", "Campaigns and brands"),
        ("media_library", "Media"),
        ("imports", "Imports"),
        ("workspaces", "People and settings"),
    ]
    who = forms.ModelChoiceField(User.objects.none(), label="Who", required=False, empty_label="Everybody")
    kind = forms.ChoiceField(label="What", choices=KINDS, required=False)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who = self.fields["who"]
        assert isinstance(who, forms.ModelChoiceField)
        who.queryset = User.objects.filter(memberships__workspace=workspace).order_by("name", "email")
