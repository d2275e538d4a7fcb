"""A fake of Instagram that follows https://developers.facebook.com/docs/instagram-platform (read 2026-11-20).

Strict: images are really fetched and have to be JPEG of at most 8 MB between 4:5 and 1.91:1; a carousel of one, an
unfinished or expired container, too long a caption, too many mentions and a film without its bytes are refused.
"""

from __future__ import annotations

import re
from typing import Any

from posts.networks.standins.files import is_video, shape_of
from posts.networks.standins.graph import APP_SECRET, GraphService, Refusal, Token
from posts.networks.standins.service import Call, Published


class InstagramService(GraphService):
    """One professional account, @ryebread, whose token is `t-1`."""

    scopes = (
        "instagram_business_basic",
        "instagram_business_content_publish",
        "instagram_business_manage_comments",
        "instagram_business_manage_insights",
    )
    quota = 100

    def __init__(self) -> None:
        super().__init__()
        self.account_type = "Business"
        self.permissions = list(self.scopes)

    def publishes(self, call: Call) -> bool:
        """Publishing a container, or commenting."""
        return call.method == "POST" and call.path.endswith(("/media_publish", "/comments"))

    def answer(self, call: Call) -> dict[str, Any]:
        """The calls that are documented."""
        match call.method, call.path.strip("/").split("/"):
            case "POST", ["oauth", "access_token"]:
                if call.form.get("grant_type") != "authorization_code":
                    raise Refusal(100, "Unsupported grant type")
                self.spend_code(call, call.form)
                granted = {"access_token": self.grant("short"), "user_id": "17841"}
                return {"data": [{**granted, "permissions": ",".join(self.permissions)}]}
            case "GET", ["access_token"]:
                if call.query.get("client_secret") != APP_SECRET:
                    raise Refusal(1, "Error validating client secret")
                return self.lengthen(call, "ig_exchange_token", "short")
            case "GET", ["refresh_access_token"]:
                return self.lengthen(call, "ig_refresh_token", "long")
            case "POST", ["ig-api-upload", "v25.0", container]:
                return self._upload(call, container)
            case method, ["v25.0", *path]:
                return self._versioned(call, method, path)
        raise Refusal(2500, "Unknown path components", status=404)

    def _versioned(self, call: Call, method: str, path: list[str]) -> dict[str, Any]:
        token = self.caller(call, "instagram_business_basic")
        match method, path:
            case "GET", ["me"]:
                who = {"id": "app-scoped", "user_id": token.account, "username": "ryebread"}
                return {**who, "account_type": self.account_type}
            case "POST", [account, "media"] if account == token.account:
                self.caller(call, "instagram_business_content_publish")
                return self._container(token, call.form)
            case "POST", [account, "media_publish"] if account == token.account:
                self.caller(call, "instagram_business_content_publish")
                post = self.publish(token, call.form.get("creation_id", ""))
                post.text = post.more["form"].get("caption", "")
                return {"id": post.id}
            case "GET", [account, "content_publishing_limit"] if account == token.account:
                config = {"quota_total": self.quota, "quota_duration": 86_400}
                return {"data": [{"quota_usage": len(self.posts), "config": config}]}
            case "GET", [account, "media"] if account == token.account:
                return {"data": [self._row(one) for one in reversed(self.posts) if not one.reply_to]}
            case "GET", [one] if one in self.containers:
                container = self.containers[one]
                status = self.look(container)
                return {"id": one, "status_code": status, "status": container.reason or status}
            case _, [media, "comments"]:
                self.caller(call, "instagram_business_manage_comments")
                return self._comments(call, self._post(media))
            case "GET", [media, "insights"]:
                self.caller(call, "instagram_business_manage_insights")
                self._post(media)
                names = call.query.get("metric", "").split(",")
                return {"data": [{"name": one, "values": [{"value": 4}]} for one in names]}
            case "GET", [media]:
                return self._row(self._post(media))
        raise Refusal(100, "Unsupported request", subcode=33)

    # Containers ------------------------------------------------------------------------------------------------

    def _container(self, token: Token, form: dict[str, str]) -> dict[str, Any]:
        self._judge_caption(form.get("caption", ""))
        match form.get("media_type", "IMAGE"):
            case "IMAGE":
                self._judge_image(form)
                return self.contain(token.account, form)
            case "VIDEO" | "REELS" as kind:
                if (kind == "VIDEO") != (form.get("is_carousel_item") == "true"):
                    raise Refusal(100, "Use media_type REELS to publish a video")
                if "alt_text" in form:
                    raise Refusal(100, "alt_text is taken for images only")
                if form.get("upload_type") == "resumable":
                    return self.contain(token.account, form, status="IN_PROGRESS")
                return self.contain(token.account, form, **self._film(self.fetched(form, "video_url")))
            case "CAROUSEL":
                children = self.children_of(token, form, 2, 10)
                return self.contain(token.account, form, children=children)
        raise Refusal(100, "Unknown media_type")

    def _judge_caption(self, caption: str) -> None:
        if len(caption) > 2_200 or len(re.findall(r"#\w+", caption)) > 30:
            raise Refusal(36004, "The caption is too long", subcode=2207010)
        if len(re.findall(r"@\w+", caption)) > 20:
            raise Refusal(100, "Too many mentions", subcode=2207040)

    def _judge_image(self, form: dict[str, str]) -> None:
        body = self.fetched(form, "image_url")
        shape = shape_of(body)
        if shape is None or shape[0] != "JPEG":
            raise Refusal(36001, "The image format is not supported", subcode=2207005)
        if len(body) > 8_000_000:
            raise Refusal(36000, "The image is too large", subcode=2207004)
        if not 0.8 <= shape[1] / shape[2] <= 1.91:
            raise Refusal(36003, "The aspect ratio is not supported", subcode=2207009)
        if len(form.get("alt_text", "")) > 1_000:
            raise Refusal(100, "alt_text is too long")

    def _film(self, body: bytes) -> dict[str, str]:
        if is_video(body):
            return {"status": "FINISHED"}
        said = "Error: Media upload has failed with error code 2207026"
        return {"status": "ERROR", "reason": said}

    def _upload(self, call: Call, id_: str) -> dict[str, Any]:
        token = self.caller(call, "instagram_business_content_publish")
        container = self.containers.get(id_)
        if container is None or container.owner != token.account:
            raise Refusal(100, "Object does not exist", subcode=33)
        if not call.headers.get("authorization", "").startswith("OAuth "):
            raise Refusal(190, "The upload wants OAuth", status=401)
        if call.headers.get("offset") != "0" or call.headers.get("file_size") != str(len(call.body)):
            raise Refusal(100, "offset and file_size do not fit the bytes")
        container.uploaded = len(call.body)
        made = self._film(call.body)
        container.status, container.reason = made["status"], made.get("reason", "")
        return {"success": True, "message": "Upload successful."}

    # What is live ----------------------------------------------------------------------------------------------

    def _post(self, id_: str) -> Published:
        for one in self.posts:
            if one.id == id_:
                return one
        raise Refusal(100, "Object does not exist", subcode=33)

    def _row(self, post: Published) -> dict[str, Any]:
        form = post.more["form"]
        kind = form.get("media_type", "IMAGE")
        said = {
            "id": post.id,
            "permalink": f"https://www.instagram.com/p/{post.id}/",
            "caption": post.text,
            "timestamp": post.more["at"],
            "media_type": {"REELS": "VIDEO", "CAROUSEL": "CAROUSEL_ALBUM"}.get(kind, kind),
        }
        if kind == "CAROUSEL":
            said["children"] = {"data": [{"id": one} for one in post.media]}
        return said

    def _comments(self, call: Call, media: Published) -> dict[str, Any]:
        if call.method == "GET":
            below = [one for one in reversed(self.posts) if one.reply_to == media.id]
            return {
                "data": [
                    {"id": one.id, "text": one.text, "timestamp": one.more["at"], "username": "ryebread"}
                    for one in below
                ]
            }
        words = call.form.get("message", "")
        if not words:
            raise Refusal(100, "The parameter message is required")
        more = {"at": self.time, "form": {}}
        post = Published(self.new_id(), words, words, reply_to=media.id, more=more)
        self.posts.append(post)
        return {"id": post.id}
