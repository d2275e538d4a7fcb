"""How Aura signs people up and in: what django-allauth asks its adapters.

Who may sign up (`AURA_SIGNUP`), the limits on guessing, mails as rows, links with the operator's host, redirects to
this site only, and second factors sealed like every other secret.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.models import EmailAddress
from allauth.core.internal.httpkit import clean_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from aura.kit import clock, secrets
from aura.kit.problems import PAUSE, Refused, TooMany
from workspaces import limits
from workspaces.models import Invitation, Lease, User
from workspaces.models.workspace import validate_plain_text
from workspaces.operations import absolute_url, find_invitation, keep_mail
from workspaces.scope import instance_url

INVITED = "invitation"
"""The session key that holds the token of the invitation a person came with."""


def is_local_path(url: str) -> bool:
    """Tell whether `url` leads to a page of this site and nothing else: a path, with no trick in it (trust O1)."""
    if not url.startswith("/") or url.startswith(("//", "/\\")) or "\\" in url:
        return False
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def invitation_of(request: HttpRequest) -> Invitation | None:
    """Return the invitation a person came with, if it still works."""
    token = request.session.get(INVITED, "")
    invitation = find_invitation(token) if token else None
    return invitation if invitation and invitation.is_open(clock.now()) else None


def password_page(request: HttpRequest) -> HttpResponse | None:
    """Return the page that asks for the password again, or None when it was given in the last 15 minutes.

    It leads back to the page that is open; what was being posted is not carried over.
    """
    if did_recently_reauthenticate(request):
        return None
    return redirect(
        f"{instance_url('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}"
    )


class AccountAdapter(DefaultAccountAdapter):
    """What Aura answers to django-allauth's questions."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is switched off. Ask whoever runs this Aura.",
        "email_password_mismatch": "That email and password do not go together. Try again, or reset the password.",
        "email_taken": "There is an account with this email. Sign in, or reset its password.",
        "enter_current_password": "That is not your present password.",
        "incorrect_password": "That is not your password. Try again, or reset it.",
        "incorrect_code": "That code is not right, or was used before. Wait for the next one.",
        "invalid_password_reset": "This link was used or is too old. Ask for a new one.",
        "same_as_current": "That is your email already. Write the new one.",
        "duplicate_email": "That is your email already. Write the new one.",
    }

    # Who may come in

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell whether this person may make an account: the very first, an invited one, or anyone when open."""
        if settings.AURA_SIGNUP == "open" or not User.objects.exists():
            return True
        return settings.AURA_SIGNUP == "invited" and invitation_of(request) is not None

    def save_user(self, request: HttpRequest, user: Any, form: BaseForm, commit: bool = True) -> Any:
        """Save a new account with its name; the first of the instance becomes its staff.

        Two people at once: one is first, as the row of the lease is locked until the account is saved.
        """
        with transaction.atomic():
            Lease.objects.get_or_create(name="first_account")
            Lease.objects.select_for_update().get(name="first_account")
            is_first = not User.objects.exists()
            if not is_first and not self.is_open_for_signup(request):
                raise Refused("This Aura is by invitation. Ask somebody in the team to invite you.")
            user.name = form.cleaned_data.get("name", "")
            user.is_staff = user.is_superuser = is_first
            try:
                with transaction.atomic():
                    return super().save_user(request, user, form, commit)
            except IntegrityError:
                raise Refused(
                    "There is an account with this email. Sign in, or reset its password."
                ) from None

    def clean_email(self, email: str) -> str:
        """Bring an address to lower case; refuse control characters, and another address than the invited one."""
        email = super().clean_email(email).strip().lower()
        validate_plain_text(email)
        match = self.request.resolver_match
        if match and match.url_name == "account_signup" and settings.AURA_SIGNUP != "open":
            invitation = invitation_of(self.request)
            if invitation and invitation.email and invitation.email != email:
                raise ValidationError("Your invitation is for another email address. Use that one.")
        return email

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Tell whether an address needs no confirming: the person came with a link that was mailed only to it."""
        if super().is_email_verified(request, email):
            return True
        invitation = invitation_of(request) if settings.EMAIL_URL else None
        return invitation is not None and invitation.email == email.lower()

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Vouch for the address of an account that never went through sign-up."""
        self.vouch_for(user)
        return super().pre_login(request, user, **kwargs)

    @staticmethod
    def vouch_for(user: Any) -> None:
        """Take the address of an account that staff or a command made as confirmed."""
        if user.is_active and not EmailAddress.objects.filter(user=user).exists():
            EmailAddress.objects.get_or_create(
                user=user, email=user.email, defaults={"primary": True, "verified": True}
            )

    def login(self, request: HttpRequest, user: Any) -> None:
        """Open a session under a new key, and remember this browser."""
        super().login(request, user)
        limits.remember_device(request, user.email)

    def set_password(self, user: Any, password: str) -> None:
        """Save a new password: every other session of the account ends, guesses by strangers are forgotten."""
        super().set_password(user, password)
        limits.forgive_account(self.request, user.email)
        limits.remember_device(self.request, user.email)

    # Limits

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try before the password is looked at; success takes it back. Raises TooMany."""
        self._login_failed_rl_usage = limits.count_sign_in(
            request, credentials.get("email", "").strip().lower()
        )

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        limits.forgive_account(request, credentials.get("email", "").lower())

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Return the error for a form; one about limits is raised as TooMany instead, so that it answers 429."""
        if code in {"too_many_login_attempts", "rate_limited"}:
            raise TooMany(limits.TOO_MANY_SIGN_INS, PAUSE)
        return super().validation_error(code, *args)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address of the client; behind AURA_TRUSTED_PROXIES, the one the outermost of them saw."""
        try:
            return super().get_client_ip(request)
        except ImproperlyConfigured:  # fewer hops than the operator said: somebody came round the proxies
            return clean_client_ip(request.META.get("REMOTE_ADDR", "")) or "0.0.0.0"  # noqa: S104

    # Ways on

    def is_safe_url(self, url: str) -> bool:
        """Tell whether a page may lead on to `url`: only to a path of this site."""
        return bool(url) and is_local_path(url)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where a person goes after signing in: to the invitation they came with, or the first page."""
        if invitation_of(request):
            return instance_url("people:invitation", request.session[INVITED])
        return instance_url("people:start")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Return where a person goes after signing up."""
        return self.get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return where a person goes after changing the password."""
        return instance_url("people:profile")

    # Mails

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail down; the worker sends it, or staff read it."""
        context = {"email": email, **context}
        if "password_reset_url" in context:
            context["password_reset_url"] = self._on_our_host(context["password_reset_url"])
        message: EmailMessage = self.render_mail(template_prefix, email, context)
        keep_mail(to=email, subject=str(message.subject), body=str(message.body))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say something in a toast; but never that a mail is on its way where no mail server is set."""
        if message_template == "account/messages/email_confirmation_sent.txt" and not settings.EMAIL_URL:
            return
        super().add_message(request, level, message_template, message_context, extra_tags, message)

    def format_email_subject(self, subject: str) -> str:
        """Return the subject as it is: the sender's name says who writes."""
        return subject

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link to a new password, with the operator's host."""
        return self._on_our_host(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Return the link that confirms an address, with the operator's host."""
        return self._on_our_host(super().get_email_confirmation_url(request, emailconfirmation))

    @staticmethod
    def _on_our_host(url: str) -> str:
        """Replace scheme and host, which a request may have made up, by those of AURA_URL (trust A7, C5)."""
        path = url.split("://", 1)[-1]
        return absolute_url("/" + path.split("/", 1)[1])


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are sealed like those of channels."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That code is not right, or was used before. Wait for the next one.",
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return secrets.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return secrets.unseal(encrypted_text)
