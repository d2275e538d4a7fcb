"""How a status looks: its shape, its meaning (a hue and a strength in the CSS) and its word, in one table.

Shape, hue and word say the same thing, so none of them is needed alone. Campaigns, posts, targets, attempts and
assets share the table; a status that means the same looks the same everywhere.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateLook:
    """One look: `shape` is a symbol `#s-…` of icons/states.svg, `meaning` a `data-state` of tokens.css.

    `word` is what people read.
    """

    shape: str
    meaning: str
    word: str


def _look(meaning: str, word: str, shape: str | None = None) -> StateLook:
    return StateLook(shape or meaning, meaning, word)


STATE_LOOKS: dict[str, StateLook] = {
    # Posts, and what their targets share with them
    "draft": _look("draft", "Draft"),
    "in_review": _look("review", "In review"),
    "changes_requested": _look("changes", "Changes asked for"),
    "approved": _look("approved", "Approved"),
    "scheduled": _look("scheduled", "Scheduled"),
    "publishing": _look("publishing", "Publishing"),
    "published": _look("published", "Published"),
    "partly_published": _look("partly", "Partly published"),
    "needs_confirmation": _look("confirm", "Needs your check"),
    "missed": _look("missed", "Missed"),
    "cancelled": _look("cancelled", "Cancelled"),
    "failed": _look("failed", "Failed"),
    # Targets and assets
    "pending": _look("pending", "Waiting"),
    "sending": _look("publishing", "Sending"),
    "taken_out": _look("cancelled", "Taken out"),
    "ready": _look("ready", "Ready"),
    "delivered": _look("published", "Delivered"),
    # Attempts to publish
    "started": _look("publishing", "Started"),
    "accepted": _look("published", "Accepted"),
    "rejected": _look("failed", "Refused"),
    "ambiguous": _look("confirm", "No clear answer"),
    # Campaigns
    "onboarding_incomplete": _look("draft", "Brief to fill"),
    "ready_to_start": _look("start", "Ready to start"),
    "in_progress": _look("running", "Running"),
    "completed": _look("published", "Completed"),
    # Anything that was put away
    "archived": _look("cancelled", "Archived", "put-away"),
    "trashed": _look("cancelled", "In the trash", "put-away"),
}


def look_of(status: str) -> StateLook:
    """Return the look of a status. One that is not in the table is a grey ring with its own name as the word."""
    found = STATE_LOOKS.get(str(status))
    return found or _look("pending", str(status).replace("_", " ").capitalize())
