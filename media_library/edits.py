"""Recipes of edited versions: what they begin with, what they say, and what they keep of the version behind them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from aura.kit.problems import Refused
from media_library.models import Asset, AssetTag, AssetVersion

Recipe = dict[str, Any]
PLACES = {
    "upper-left": "Upper left",
    "upper-right": "Upper right",
    "middle": "Middle",
    "lower-left": "Lower left",
    "lower-middle": "Lower middle",
    "lower-right": "Lower right",
}
TURNS = {0: "As it is", 90: "A quarter to the right", 180: "Upside down", 270: "A quarter to the left"}
LOGO_TAG = "logo"
LOGOS_AT_MOST = 50


def base_of(version: AssetVersion) -> AssetVersion:
    """Return the uploaded version that an edit of this one begins with."""
    return version.made_from if version.recipe and version.made_from is not None else version


def recipe_of(asset: Asset) -> Recipe:
    """Return what was done to a picture as it is shown. Raises Refused for what cannot be edited."""
    ready = asset.kind == Asset.Kind.IMAGE and asset.status == Asset.Status.READY and asset.trashed_at is None
    if asset.current is None or not ready:
        raise Refused("Only a picture that is ready can be edited.")
    recipe: Recipe = asset.current.recipe
    return recipe


def words_of(recipe: Recipe) -> str:
    """Return what was done, for the history: "Cropped, turned and with words"."""
    done = ["cropped"] if "crop" in recipe else []
    done += ["turned"] if "turn" in recipe else []
    if "brightness" in recipe:
        done.append("made brighter" if recipe["brightness"] > 100 else "made darker")
    done += ["with a logo"] if "logo" in recipe else []
    done += ["with words"] if "text" in recipe else []
    said = " and ".join(filter(None, [", ".join(done[:-1]), done[-1] if done else "edited"]))
    return said[:1].upper() + said[1:]


def logos(*, also: uuid.UUID | str | None = None) -> QuerySet[Asset]:
    """Return the pictures offered as a logo: those with the tag “logo”, newest first, and the one named."""
    tagged = AssetTag.objects.filter(tag__name=LOGO_TAG).order_by("-asset").values("asset")[:LOGOS_AT_MOST]
    ids = list(tagged.values_list("asset", flat=True))
    ready = Asset.objects.filter(kind=Asset.Kind.IMAGE, status=Asset.Status.READY, trashed_at=None)
    wanted = ready.filter(Q(pk__in=ids) | Q(pk=also)).order_by("title", "id")
    return wanted.prefetch_related("current__renditions")


def carry_over(version: AssetVersion, base: AssetVersion) -> list[str]:
    """Write on an edited version what is still true of it; return the names of the fields.

    It was taken when the original was, and a focal point that was set by hand stays on its thing, if that is in it.
    """
    version.taken = base.taken
    fields = ["taken"]
    point = moved((base.focal_x, base.focal_y), version.recipe) if base.focal_by_hand else None
    if point is not None:
        version.focal_x, version.focal_y = point
        version.focal_by_hand = True
        fields += ["focal_x", "focal_y", "focal_by_hand"]
    return fields


def moved(point: tuple[float, float], recipe: Recipe) -> tuple[float, float] | None:
    """Return where a point (shares of width and height) lies after an edit, or None: it was cut away."""
    left, top, width, height = recipe.get("crop", (0.0, 0.0, 1.0, 1.0))
    x, y = (point[0] - left) / width, (point[1] - top) / height
    if not (0 <= x <= 1 and 0 <= y <= 1):
        return None
    return {90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}.get(recipe.get("turn", 0), (x, y))
