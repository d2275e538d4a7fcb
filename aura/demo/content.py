"""What the demo says: two brands, their people, campaigns and posts. Days count from today; texts are our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

DEMO_OWNER = "owner@demo.example"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody on the team."""

    email: str
    name: str
    role: str


@dataclass(frozen=True)
class DemoBrand:
    """Who speaks."""

    name: str
    about: str
    voice: list[str]
    guardrails: str
    colours: list[str]


@dataclass(frozen=True)
class DemoChannel:
    """Where posts go; `network` by hand stands for `stands_for`."""

    name: str
    network: str
    brand: str = ""
    stands_for: str = ""


@dataclass(frozen=True)
class DemoFilm:
    """A film of the library."""

    path: Path
    title: str
    alt_text: str


@dataclass(frozen=True)
class DemoPost:
    """One post: `day` from today, `time` of day, what it should have become, pictures by (scene, seed).

    `parts` follow it on its first channel as a thread, `comment` is the first comment there.
    """

    title: str
    caption: str
    day: int | None
    time: str
    becomes: str
    pictures: list[tuple[str, int]]
    channels: list[str]
    own_words: dict[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True)
class DemoCampaign:
    """A brief and its posts; `start` and `end` are days from today, `status` what it should have become."""

    name: str
    brand: str
    overview: str
    audience: str
    guardrails: str
    goal: str
    voice: list[str]
    tags: list[str]
    category: str
    start: int
    end: int
    budget: str
    status: str
    posts: list[DemoPost]


WORDS = [
    ("headline", "Rye that takes a whole day"),
    ("headline", "Walk out at low tide, be back for tea"),
    (
        "description",
        "Baked for 24 hours over steam, like the Icelanders do it. In the shop from Friday until it is gone.",
    ),
    (
        "ad_copy",
        "We slowed one oven right down. Twenty-four hours, barely a simmer, steam all the way. What comes out is dark, "
        "damp and keeps for a week. Friday, until it is gone.",
    ),
    ("call_to_action", "Keep a loaf for me"),
]
"""Words in the library, by their kind."""

PEOPLE = [
    DemoPerson("priya@demo.example", "Priya Nair", "admin"),
    DemoPerson("dan@demo.example", "Dan Kehoe", "editor"),
    DemoPerson("ines@demo.example", "Inês Duarte", "contributor"),
    DemoPerson("tomas@demo.example", "Tomás Quinn", "viewer"),
]

BRANDS = [
    DemoBrand(
        "Barrow & Rye",
        "A neighbourhood bakery that bakes slowly: rye, sourdough and whatever the season brings.",
        ["plain-spoken", "warm, never cute", "patient", "a little dry"],
        "Never say artisanal or indulgent. No health claims. No pictures of people without their yes.",
        ["#7A4A21", "#F3A054", "#F7EEE0"],
    ),
    DemoBrand(
        "North Quay Walks",
        "Small guided walks along the coast, in any weather, with a thermos at the halfway mark.",
        ["curious", "unhurried", "exact about times", "weatherproof"],
        "Never promise the weather. Always name the meeting point and the length of the walk.",
        ["#2F5D73", "#F6F2EA", "#BE4034"],
    ),
]

CHANNELS = [
    DemoChannel("Barrow & Rye feed", "sandbox", brand="Barrow & Rye"),
    DemoChannel("North Quay feed", "sandbox", brand="North Quay Walks"),
    DemoChannel("Shop window screen", "sandbox"),
    DemoChannel("Instagram, by hand", "by_hand", brand="Barrow & Rye", stands_for="instagram"),
]

_RYE, _QUAY, _WINDOW, _HAND = (channel.name for channel in CHANNELS)

CAMPAIGNS = [
    DemoCampaign(
        name="Hot-spring rye",
        brand="Barrow & Rye",
        overview="Sell 1,200 loaves of a rye that takes a whole day to bake, by telling where the idea comes from.",
        audience="Regulars who buy twice a month or more, and people within 3 km of a shop who bake at home.",
        guardrails="Do not promise it every day: it is there from Friday until it is gone. Never say nature's oven.",
        goal="1,200 loaves in three weeks",
        voice=["plain-spoken", "patient", "a little dry", "short sentences"],
        tags=["launch", "rye", "spring"],
        category="Launch",
        start=-6,
        end=15,
        budget="3400",
        status="in_progress",
        posts=[
            DemoPost(
                "A loaf that takes a day",
                "In Iceland they bury the dough beside a hot spring and come back a day later.\n\nWe can't dig up the "
                "street. So we slowed one oven right down: 24 hours, barely a simmer, steam all the way.",
                -5, "12:00", "published", [("round_loaf", 1), ("snow_peaks", 1)], [_RYE, _WINDOW],
            ),
            DemoPost(
                "What goes in",
                "Rye, water, salt, a spoon of treacle and a day of patience. That is the whole list.",
                -3, "18:00", "published", [("flour_hands", 1)], [_RYE],
                parts=(
                    "Rye gives the colour and the keeping. Wheat would rise higher and be stale by Sunday.",
                    "The treacle is for the crust that is not there: it darkens the loaf while steam keeps it soft.",
                ),
                comment="#rye #slowbread",
            ),
            DemoPost(
                "The first tins are out",
                "Twelve tins came out at six this morning. Dark, sticky, no crust to fight. Butter is not optional.",
                -1, "08:15", "published", [("tin_loaves", 1), ("round_loaf", 2)], [_RYE, _WINDOW],
            ),
            DemoPost(
                "Launch day",
                "Hot-spring rye. From 7:30 until it's gone.\n\n#hotspringrye #rye #bakery",
                1, "07:30", "scheduled", [("tin_loaves", 2), ("snow_peaks", 2), ("round_loaf", 3)], [_RYE, _WINDOW],
                {_WINDOW: "Hot-spring rye. Today, until it's gone."},
            ),
            DemoPost(
                "Ask the baker anything",
                "Dan slept beside the oven so you don't have to. Ask him what 24 hours of baking smells like.",
                3, "17:00", "in_review", [("mug_and_window", 1)], [_RYE],
            ),
            DemoPost(
                "Where the recipe began",
                "A valley, a spring, a pot in the ground. We went to look and came home with a slower oven.",
                6, "10:00", "approved", [("snow_peaks", 3), ("hills_at_dawn", 1)], [_RYE],
            ),
            DemoPost(
                "One slice, plain",
                "No topping. Just to show you the crumb.",
                None, "", "draft", [("round_loaf", 4)], [_RYE],
            ),
            DemoPost(
                "The queue, explained",
                "Why there are only forty on a Saturday, and why the fortieth is as good as the first.",
                -2, "09:30", "missed", [("buns", 1)], [_RYE],
            ),
            DemoPost(
                "Steam, in the window",
                "The screen in the shop window shows the steam. The street smells the rest.",
                -2,
                "13:00",
                "partly_published",
                [("tin_loaves", 3)],
                [_RYE, _WINDOW],
            ),
            DemoPost(
                "Too wide for the feed",
                "The whole oven, edge to edge.",
                -1,
                "15:00",
                "failed",
                [("tin_loaves", 4)],
                [_RYE],
            ),
            DemoPost(
                "Post this one by hand",
                "Steam, rye, one spoon of butter. Save it for the weekend.",
                0, "00:05", "needs_confirmation", [("flour_hands", 2)], [_HAND],
            ),
        ],
    ),
    DemoCampaign(
        name="Bun season",
        brand="Barrow & Rye",
        overview="Fill the ovens in the quiet weeks with buns people order before they come.",
        audience="Families nearby, offices that order by the dozen.",
        guardrails="No countdowns. Orders close at noon the day before, say so every time.",
        goal="600 dozen ordered ahead",
        voice=["warm, never cute", "exact about times"],
        tags=["buns", "pre-order"],
        category="Season",
        start=9,
        end=38,
        budget="900",
        status="ready_to_start",
        posts=[
            DemoPost(
                "Buns are coming",
                "A dozen, a cross on each, and a paper bag that never survives the walk home. Orders open on Monday.",
                9, "12:00", "scheduled", [("buns", 2)], [_RYE, _WINDOW],
            ),
            DemoPost(
                "How many is a dozen",
                "Thirteen, if you ask Inês. Order by noon, collect from eight.",
                12, "09:00", "draft", [("buns", 3), ("market_crates", 1)], [_RYE],
            ),
            DemoPost(
                "The tray, from above",
                "Four by three. We counted.",
                None, "", "changes_requested", [("buns", 4)], [_RYE],
            ),
        ],
    ),
    DemoCampaign(
        name="Winter coast",
        brand="North Quay Walks",
        overview="Fill the Saturday walks from now until the clocks go forward, with people who come back.",
        audience="Walkers in the city who have a free Saturday morning and no car.",
        guardrails="Name the meeting point, the distance and the train back in every post.",
        goal="14 full walks",
        voice=["curious", "unhurried", "weatherproof"],
        tags=["walks", "winter"],
        category="Season",
        start=-20,
        end=40,
        budget="1200",
        status="in_progress",
        posts=[
            DemoPost(
                "The lighthouse at four",
                "9 km, flat, one stile. Meet at North Quay at 13:40; the train back leaves at 17:12.",
                -12, "11:00", "published", [("lighthouse", 1)], [_QUAY],
            ),
            DemoPost(
                "White houses, low tide",
                "Low tide is at 11:20, so that is when we walk. 7 km, boots, a thermos of soup at the halfway mark.",
                -4, "10:30", "published", [("white_houses", 1), ("sea_and_sail", 1)], [_QUAY],
            ),
            DemoPost(
                "Saturday: the long way round",
                "14 km along the cliff path. Meet at North Quay at 9:00. It may rain; we go anyway.",
                2, "08:00", "scheduled", [("hills_at_dawn", 2), ("sea_and_sail", 2)], [_QUAY],
            ),
            DemoPost(
                "What to carry",
                "A coat that means it. A cup. Nothing else; we bring the rest.",
                4, "19:00", "scheduled", [("mug_and_window", 2)], [_QUAY, _WINDOW],
            ),
            DemoPost(
                "First light walk",
                "We start in the dark and stop where the sun comes up. 6 km, back for breakfast.",
                8, "17:30", "draft", [("hills_at_dawn", 3)], [_QUAY],
            ),
            DemoPost(
                "The walk we called off",
                "Storm warning for Sunday: no walk. Your place is good for any other week.",
                -8, "16:00", "cancelled", [("sea_and_sail", 3)], [_QUAY],
            ),
        ],
    ),
    DemoCampaign(
        name="Wheat to window",
        brand="Barrow & Rye",
        overview="",
        audience="",
        guardrails="",
        goal="",
        voice=[],
        tags=["idea"],
        category="",
        start=45,
        end=66,
        budget="",
        status="onboarding_incomplete",
        posts=[],
    ),
]  # fmt: skip

LIBRARY_ONLY = [("wheat", 1), ("wheat", 2), ("market_crates", 2), ("white_houses", 2), ("lighthouse", 2)]

FILM = DemoFilm(
    Path(__file__).with_name("lighthouse.mp4"),  # the drawn lighthouse, five seconds of it
    "Closer to the lighthouse",
    "A striped lighthouse at dusk comes slowly closer.",
)

ALT_TEXTS = {
    "hills_at_dawn": "Hills, one behind the other, under a low sun.",
    "sea_and_sail": "A small boat with two sails on a quiet sea.",
    "white_houses": "A row of white houses before a green hill.",
    "snow_peaks": "Three snowy mountains over a lake.",
    "lighthouse": "A striped lighthouse on a rock at dusk.",
    "round_loaf": "A dark round loaf with a flour spiral, from above.",
    "tin_loaves": "Three tin loaves side by side on a shelf.",
    "buns": "Twelve buns with crosses on a dark tray.",
    "mug_and_window": "A steaming mug in front of a window.",
    "wheat": "Ears of wheat against an evening sky.",
    "flour_hands": "Dough and a rolling pin on a floured board.",
    "market_crates": "Crates of fruit under a striped awning.",
}

TALKED_ABOUT = "Ask the baker anything"
TALK = [
    (
        "tomas@demo.example",
        "Love it. Is “beside the oven” true, or will somebody ask for a photo of the camp bed?",
        "slept beside the oven",
    ),
    ("dan@demo.example", "True, and there is a photo. @Ama Mensah, your call.", ""),
]
"""What is said about one post: who, what, and about which of its words; the second answers the first."""
