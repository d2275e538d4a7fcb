"""The admin of people, workspaces, and what the instance keeps about itself."""

from __future__ import annotations

from typing import Any, ClassVar

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401 (all three register first, so that ours replace theirs below)
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

from workspaces import admin_webhooks  # noqa: F401  # its pages, cut off by noun
from workspaces.admin_base import (
    IN_TRASH,
    InstanceAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    operation_action,
    readonly_everything,
    set_aside_filter,
    staff_of,
)
from workspaces.forms import WorkspaceForm
from workspaces.models import (
    Activity,
    ActivitySubject,
    AnsweredCall,
    ApiSession,
    ApiToken,
    CallCount,
    Comment,
    Heartbeat,
    Invitation,
    Lease,
    Mail,
    Membership,
    Notification,
    RefreshToken,
    SearchEntry,
    User,
    Workspace,
)
from workspaces.operations import (
    activate_account,
    change_role,
    deactivate_account,
    delete_workspace,
    edit_workspace,
    remove_member,
    resend_mail,
    restore_workspace,
    revoke_invitation,
    revoke_token,
    save_account,
)
from workspaces.roles import Role
from workspaces.scope import use_workspace

admin.site.site_header = "Aura, for staff"
admin.site.site_title = "Aura"
admin.site.index_title = "What runs here"


class UserForm(UserChangeForm):  # type: ignore[type-arg]
    """The account form of the admin: as Django's, for accounts known by e-mail."""

    class Meta(UserChangeForm.Meta):
        model = User
        field_classes: ClassVar[dict[str, Any]] = {}


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new account, with a password or (no password) waiting for a reset link."""

    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("email", "name")
        field_classes: ClassVar[dict[str, Any]] = {}


class MembershipInline(ReadOnlyInline):
    """Who is in a workspace, or where a person is; changed by the actions of memberships."""

    model = Membership
    fields = ["workspace", "user", "role", "created_at"]
    related = ["workspace", "user"]
    show_change_link = True


@admin.register(User)
class PersonAdmin(InstanceAdmin, UserAdmin):  # type: ignore[type-arg, misc]
    """People of this instance."""

    form = UserForm
    add_form = NewUserForm
    ordering = ["email"]
    list_display = ["email", "name", "is_active", "is_staff", "last_login", "created_at"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "name"]
    readonly_fields = ["last_login", "created_at"]
    filter_horizontal = ["groups", "user_permissions"]
    inlines = [MembershipInline]
    actions = [
        operation_action(deactivate_account, "Deactivate: signs them out everywhere", "deactivated."),
        operation_action(activate_account, "Activate again", "activated."),
    ]
    fieldsets = [
        (None, {"fields": ["email", "name", "password"]}),
        ("Likes", {"fields": ["zone", "theme", "shortcuts_enabled"]}),
        ("May", {"fields": ["is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("When", {"fields": ["last_login", "created_at"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name", "usable_password", "password1", "password2"]})]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show memberships of people who exist."""
        return super().get_inlines(request, obj) if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Only a superuser gives rights away."""
        given = [str(name) for name in super().get_readonly_fields(request, obj)]
        rights = ["is_staff", "is_superuser", "groups", "user_permissions"]
        return given if request.user.is_superuser else [*given, *rights]  # type: ignore[union-attr]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever is no superuser has no hand on the accounts of staff: a password is a right too."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def check_row(self, request: HttpRequest, row: Any) -> None:
        """Hold actions to the same."""
        if not _may_touch(request, row):
            raise PermissionDenied("Only a superuser changes the accounts of staff.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People delete their own account, after handing over what only they own; staff deactivate."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Save by the operation."""
        save_account(obj, by=staff_of(request))


def _may_touch(request: HttpRequest, person: User | None) -> bool:
    return person is None or not person.is_staff or bool(request.user.is_superuser)  # type: ignore[union-attr]


@admin.register(Workspace)
class RoomAdmin(InstanceAdmin):
    """Workspaces of this instance."""

    form = WorkspaceForm
    list_display = ["name", "slug", "zone", "people", "created_at", "trashed_at"]
    list_filter = ["approval", IN_TRASH]
    search_fields = ["name", "slug"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "zone"]}),
        ("Rules", {"fields": ["approval", "approver", "client_approval", "grace_minutes", "links"]}),
        ("When", {"fields": ["created_at", "trashed_at"]}),
    ]
    readonly_fields = ["slug", "created_at", "trashed_at"]
    inlines = [MembershipInline]
    actions = [
        operation_action(delete_workspace, "Put in the trash", "put in the trash."),
        operation_action(restore_workspace, "Restore from the trash", "restored."),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        """Count the members in the same query."""
        return super().get_queryset(request).annotate(member_count=Count("memberships"))

    @admin.display(description="people", ordering="member_count")
    def people(self, workspace: Any) -> int:
        """Return the number of members."""
        return int(workspace.member_count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Workspaces are made with their owner: on the page for it, or by `manage.py create_workspace`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Into the trash by the action; the purge takes it after 30 days."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Save by the operation of the settings page."""
        with use_workspace(obj):
            edit_workspace(obj, by=staff_of(request))


class RecordOfInstance(InstanceAdmin):
    """A record of the instance: looked at, not changed by hand."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show every column."""
        return readonly_everything(self.model, but=self.exclude or ())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Written by Aura."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Records are not changed, but the actions on them need this right."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Kept."""
        return False


@admin.register(Membership)
class MembershipAdmin(RecordOfInstance):
    """Who is where. Members do it themselves; staff where the last owner has gone."""

    list_display = ["user", "workspace", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "workspace"]
    search_fields = ["user__email", "user__name", "workspace__name"]
    actions = [
        operation_action(change_role, "Make owner of the workspace", "made owner.", role=Role.OWNER),
        operation_action(remove_member, "Remove from the workspace", "removed."),
    ]


@admin.register(Mail)
class MailAdmin(RecordOfInstance):
    """Mails, sent or kept; without a mail server their links are read here."""

    list_display = ["subject", "to", "status", "created_at", "sent_at", "failure"]
    list_filter = [set_aside_filter(Q(status__in=[Mail.Status.FAILED, Mail.Status.UNKNOWN])), "status"]
    list_select_related = ["workspace"]
    search_fields = ["to", "subject"]
    fields = [
        "to",
        "subject",
        "letter",
        "status",
        "failure",
        "workspace",
        "created_at",
        "sent_at",
        "due_at",
        "tries",
    ]
    actions = [operation_action(resend_mail, "Send again", "will be sent again.")]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show every column, and the letter with its links."""
        return [*super().get_readonly_fields(request, obj), "letter"]

    @admin.display(description="text")
    def letter(self, mail: Mail) -> SafeString:
        """Return the text with its links to follow."""
        linked = urlize(mail.body, nofollow=True, autoescape=True)
        return mark_safe(linked.replace("\n", "<br>"))  # noqa: S308 - urlize has escaped it


@admin.register(Lease)
class LeaseAdmin(RecordOfInstance):
    """Which process leads."""

    list_display = ["name", "holder", "until"]


@admin.register(Heartbeat)
class HeartbeatAdmin(RecordOfInstance):
    """Which workers are alive."""

    list_display = ["kind", "host", "pid", "beat_at", "started_at", "doing"]
    list_filter = ["kind"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations, open and used."""

    related = ["created_by", "accepted_by"]
    list_display = ["email", "role", "created_by", "created_at", "expires_at", "accepted_at", "revoked_at"]
    list_filter = ["role"]
    search_fields = ["email"]
    exclude = ["token_hash"]
    actions = [operation_action(revoke_invitation, "Revoke", "revoked.")]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """API tokens, without their secrets."""

    related = ["membership__user"]
    list_display = [
        "name",
        "prefix",
        "membership",
        "role",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    ]
    list_filter = ["role", ("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "prefix", "membership__user__email"]
    exclude = ["token_hash", "epoch"]
    actions = [operation_action(revoke_token, "Revoke", "revoked.")]


@admin.register(ApiSession)
class ApiSessionAdmin(ReadOnlyAdmin):
    """Programs that signed in with a person's password."""

    related = ["membership__user"]
    list_display = ["program", "membership", "created_at", "refreshed_at", "ends_at", "ended_at", "why"]
    list_filter = ["why"]
    search_fields = ["program", "membership__user__email"]
    exclude = ["epoch"]


@admin.register(RefreshToken)
class RefreshTokenAdmin(ReadOnlyAdmin):
    """Refresh tokens of programs, without their secrets."""

    related = ["session__membership__user"]
    list_display = ["session", "created_at", "expires_at", "used_at"]
    search_fields = ["session__program", "session__membership__user__email"]
    exclude = ["token_hash"]


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    """Who did what, when, on what."""

    related = ["actor"]
    list_display = ["at", "actor_name", "verb", "subject_name", "request_id"]
    list_filter = ["verb"]
    search_fields = ["subject_name", "actor_name", "request_id"]
    date_hierarchy = "at"


@admin.register(ActivitySubject)
class ActivitySubjectAdmin(ReadOnlyAdmin):
    """The things that an entry of the activity is about, where it is about many."""

    related = ["activity"]
    list_display = ["activity", "subject_type", "subject_id"]
    list_filter = ["subject_type"]
    search_fields = ["subject_id"]


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    """What people say about things."""

    related = ["created_by"]
    list_display = ["created_at", "author_name", "body", "subject_type", "subject_id"]
    list_filter = ["subject_type"]
    search_fields = ["body", "author_name"]
    date_hierarchy = "created_at"


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """What people are told."""

    related = ["person", "actor"]
    list_display = ["at", "person", "kind", "sentence", "times", "read_at", "mailed_at"]
    list_filter = ["kind"]
    search_fields = ["sentence", "person__email", "person__name"]
    date_hierarchy = "at"


@admin.register(AnsweredCall)
class AnsweredCallAdmin(ReadOnlyAdmin):
    """Calls of the API that came with a key of their own, for a day."""

    list_display = ["key", "status", "created_at"]
    search_fields = ["key"]
    fields = ["workspace", "key", "status", "created_at"]


@admin.register(CallCount)
class CallCountAdmin(ReadOnlyAdmin):
    """How often programs called, for a day."""

    list_display = ["holder", "kind", "begins_at", "calls"]
    list_filter = ["kind"]
    search_fields = ["holder"]


@admin.register(SearchEntry)
class SearchEntryAdmin(ReadOnlyAdmin):
    """What the search finds."""

    list_display = ["title", "kind", "changed_at"]
    list_filter = ["kind"]
    search_fields = ["title"]


def _hide_inside_workspaces(model: type[Any], base: type[Any], **attributes: Any) -> None:
    """Register somebody else's model again, out of sight inside a workspace."""
    if admin.site.is_registered(model):
        admin.site.unregister(model)
    bases = (base,) if issubclass(base, InstanceAdmin) else (InstanceAdmin, base)
    admin.site.register(model, type(f"Instance{model.__name__}Admin", bases, attributes))


@admin.register(LogEntry)
class LogAdmin(RecordOfInstance):
    """What staff did with rows of the instance; what they did in a workspace is in its activity."""

    list_display = ["action_time", "user", "object_repr", "content_type", "action_flag"]
    list_filter = ["action_flag"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "user__email"]


_hide_inside_workspaces(Group, GroupAdmin)
_hide_inside_workspaces(
    EmailAddress,
    RecordOfInstance,
    list_display=["email", "user", "verified", "primary"],
    list_filter=["verified", "primary"],
    list_select_related=["user"],
    search_fields=["email"],
)
_hide_inside_workspaces(
    Authenticator,
    RecordOfInstance,
    list_display=["user", "type", "created_at", "last_used_at"],
    list_filter=["type"],
    list_select_related=["user"],
    exclude=["data"],
)
_hide_inside_workspaces(
    UserSession,
    RecordOfInstance,
    list_display=["user", "ip", "user_agent", "created_at", "last_seen_at"],
    list_select_related=["user"],
    search_fields=["user__email", "ip"],
    exclude=["session_key", "data"],
)
