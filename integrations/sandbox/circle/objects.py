"""How Circle's objects look on the wire. API: https://api-headless.circle.so/api/admin/v2/swagger.yaml"""

from integrations.sandbox.routing import Answer, Json, Request

COMMUNITY_ID = 1


def member(number: int, *, email: str, name: str, now: str) -> Json:
    """A member who was invited and has not accepted: inactive, and accepted_invitation is empty."""
    first, _, last = name.partition(" ")
    return {
        "id": number,
        "user_id": number + 500_000,
        "community_id": COMMUNITY_ID,
        "email": email,
        "name": name or email.partition("@")[0],
        "first_name": first or None,
        "last_name": last or None,
        "headline": None,
        "avatar_url": None,
        "profile_url": f"https://sandbox.invalid/u/{number:08x}",
        "public_uid": f"{number:08x}",
        "created_at": now,
        "updated_at": now,
        "last_seen_at": None,
        "profile_confirmed_at": None,
        "accepted_invitation": "",
        "active": False,
        "sso_provider_user_id": None,
        "profile_fields": [],
        "flattened_profile_fields": {},
        "posts_count": 0,
        "comments_count": 0,
    }


def group(number: int, *, name: str, description: str, now: str) -> Json:
    return {
        "id": number,
        "name": name,
        "description": description,
        "status": "active",
        "community_id": COMMUNITY_ID,
        "created_at": now,
        "updated_at": now,
    }


def tag(number: int, *, name: str, now: str) -> Json:
    return {
        "id": number,
        "name": name,
        "color": "#506cf0",
        "emoji": None,
        "custom_emoji_url": None,
        "custom_emoji_dark_url": None,
        "display_format": "label",
        "is_public": False,
        "is_background_enabled": True,
        "display_locations": {"post_bio": False, "profile_page": False, "member_directory": False},
        "created_at": now,
        "updated_at": now,
    }


def space(number: int, *, name: str, now: str) -> Json:
    slug = name.lower().replace(" ", "-")
    return {"id": number, "name": name, "slug": slug, "community_id": COMMUNITY_ID, "created_at": now}


def community(now: str) -> Json:
    return {
        "id": COMMUNITY_ID,
        "name": "Sandbox community",
        "slug": "sandbox",
        "locale": "en",
        "created_at": now,
        "is_private": True,
        "white_label": False,
    }


def page(records: list[Json], request: Request) -> Answer:
    """Circle's envelope; page_count is the number of records on this page, as in its own examples."""
    size = min(request.number("per_page") or 10, 100)
    number = request.number("page") or 1
    shown = records[(number - 1) * size : number * size]
    return Answer(
        200,
        {
            "page": number,
            "per_page": size,
            "has_next_page": len(records) > number * size,
            "count": len(records),
            "page_count": len(shown),
            "records": shown,
        },
    )


def missing(thing: str) -> Answer:
    """404: the status says little, error_details.message says what is missing."""
    return error(
        404,
        message="Oops! Missing record. Please try again later.",
        details={"message": f"Missing record: {thing}"},
    )


def error(status: int, *, message: str, details: Json | None = None) -> Answer:
    return Answer(status, {"success": False, "message": message, "error_details": details or {}})
