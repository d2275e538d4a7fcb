"""How a program signs in with a person's password: by the rules of the sign-in page, and no way round any of them.

The same limits and lockouts count, in the same places; a second step is asked for where there is one, and an address
has to be confirmed where mails go out. What is said is the same for an address that nobody has, and takes as long.
"""

from __future__ import annotations

from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest

from workspaces import limits
from workspaces.credentials import Refused
from workspaces.models import Membership, User
from workspaces.operations import Issued, sign_in_program


class ProgramSignInForm(forms.Form):
    """What a program signs in with."""

    email = forms.EmailField(label="The person's e-mail address", max_length=254)
    password = forms.CharField(label="Their password", max_length=1000, strip=False)
    workspace = forms.SlugField(label="The workspace", help_text="Its slug, as in /w/<slug>/", max_length=50)
    code = forms.CharField(
        label="The code of the second step",
        help_text="Six digits of the app, or a recovery code. Needed where the person has a second step",
        max_length=20,
        required=False,
    )


def sign_in_by_password(request: HttpRequest, form: ProgramSignInForm, *, now: datetime) -> Issued:
    """Return tokens for the person and the workspace of a valid form.

    Raises Refused (401) where the person cannot be told, TooMany, and Http404 for a workspace they are not in, be it
    there or not.
    """
    given = form.cleaned_data
    email = given["email"].strip().lower()
    limits.count(request, "login", sentence=limits.TOO_MANY_SIGN_INS)
    adapter = get_adapter(request)
    user = adapter.authenticate(request, email=email, password=given["password"])
    if user is None:
        raise Refused(adapter.error_messages["email_password_mismatch"], "WRONG_CREDENTIALS")
    if not user.is_active:
        raise Refused(adapter.error_messages["account_inactive"], "ACCOUNT_OFF")
    adapter.vouch_for(user)
    _need_confirmed_address(user, email)
    _need_second_step(user, given["code"])
    mine = Membership.objects.filter(user=user, workspace__trashed_at=None).select_related(
        "workspace", "user"
    )
    membership = mine.filter(workspace__slug=given["workspace"]).first()
    if membership is None:
        raise Http404("You are in no workspace of this name. Look at its address: /w/<slug>/.")
    return sign_in_program(membership, program=request.headers.get("User-Agent", ""), now=now)


def _need_confirmed_address(user: User, email: str) -> None:
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        return
    if not EmailAddress.objects.filter(user=user, email=email, verified=True).exists():
        raise Refused(
            "Confirm your email address first: sign in with a browser, and follow the link that is mailed to you.",
            "EMAIL_UNCONFIRMED",
        )


def _need_second_step(user: User, code: str) -> None:
    if not is_mfa_enabled(user):
        return
    if not code.strip():
        raise Refused("This account has a second step. Send its code as “code”.", "TOTP_REQUIRED")
    form = AuthenticateForm({"code": code}, user=user)
    if not form.is_valid():
        raise Refused(" ".join(form.errors.get("code", [])), "TOTP_WRONG")
    form.authenticator.record_usage()
