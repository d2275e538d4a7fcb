"""A fake of Threads that follows https://developers.facebook.com/docs/threads (read 2026-11-20).

Strict: the token has to be among the parameters, files are really fetched, a carousel of one, an unfinished or expired
container, an unknown post to reply to and a text of more than 500 are refused.
"""

from __future__ import annotations

from typing import Any

from aura.kit.textcount import Rule, count
from posts.networks.standins.files import is_video, shape_of
from posts.networks.standins.graph import APP_SECRET, GraphService, Refusal, Token
from posts.networks.standins.service import Call


class ThreadsService(GraphService):
    """One profile, @ryebread, whose token is `t-1`."""

    scopes = ("threads_basic", "threads_content_publish", "threads_manage_insights", "threads_read_replies")

    def publishes(self, call: Call) -> bool:
        """Publishing a container."""
        return call.method == "POST" and call.path.endswith("/threads_publish")

    def token_of(self, call: Call) -> str:
        """Only the parameter counts."""
        return call.form.get("access_token") or call.query.get("access_token", "")

    def answer(self, call: Call) -> dict[str, Any]:
        """The calls that are documented."""
        match call.method, call.path.strip("/").split("/"):
            case "POST", ["oauth", "access_token"]:
                if call.form.get("grant_type") != "authorization_code":
                    raise Refusal(100, "Unsupported grant type")
                self.spend_code(call, call.form)
                return {"access_token": self.grant("short"), "user_id": 17841}
            case "GET", ["access_token"]:
                if call.query.get("client_secret") != APP_SECRET:
                    raise Refusal(1, "Error validating client secret")
                return self.lengthen(call, "th_exchange_token", "short")
            case "GET", ["refresh_access_token"]:
                return self.lengthen(call, "th_refresh_token", "long")
            case method, ["v1.0", *path]:
                return self._versioned(call, method, path)
        raise Refusal(2500, "Unknown path components", status=404)

    def _versioned(self, call: Call, method: str, path: list[str]) -> dict[str, Any]:
        token = self.caller(call, "threads_basic")
        match method, path:
            case "GET", ["me"]:
                return {"id": token.account, "username": "ryebread"}
            case "POST", [account, edge] if account == token.account:
                self.caller(call, "threads_content_publish")
                if edge == "threads":
                    return self._container(token, call.form)
                if edge == "threads_publish":
                    post = self.publish(token, call.form.get("creation_id", ""))
                    post.reply_to = post.more["form"].get("reply_to_id", "")
                    return {"id": post.id}
            case "GET", [account, "threads_publishing_limit"] if account == token.account:
                config = {"quota_total": 250, "quota_duration": 86_400}
                return {"data": [{"quota_usage": len(self.posts), "config": config}]}
            case "GET", [account, "threads" | "replies" as edge] if account == token.account:
                if edge == "replies":
                    self.caller(call, "threads_read_replies")
                return {"data": self._rows(replies=edge == "replies")}
            case "GET", [post, "insights"]:
                self.caller(call, "threads_manage_insights")
                self._post(post)
                names = call.query.get("metric", "").split(",")
                return {"data": [{"name": one, "values": [{"value": 3}]} for one in names]}
            case "GET", [one] if one in self.containers:
                container = self.containers[one]
                said = {"id": one, "status": self.look(container)}
                return {**said, "error_message": container.reason} if container.reason else said
            case "GET", [one]:
                return self._row(self._post(one))
        raise Refusal(100, "Unsupported request", subcode=33)

    def _container(self, token: Token, form: dict[str, str]) -> dict[str, Any]:
        if count(form.get("text", ""), Rule.EMOJI_BYTES) > 500:
            raise Refusal(100, "Param text must be at most 500 characters long")
        if form.get("reply_to_id"):
            self._post(form["reply_to_id"])
        match form.get("media_type"):
            case "TEXT" if form.get("text"):
                return self.contain(token.account, form)
            case "IMAGE":
                shape = shape_of(self.fetched(form, "image_url"))
                if shape is None or shape[0] not in ("JPEG", "PNG"):
                    raise Refusal(36001, "The image format is not supported", subcode=2207005)
                return self.contain(token.account, form)
            case "VIDEO":
                if is_video(self.fetched(form, "video_url")):
                    return self.contain(token.account, form)
                return self.contain(token.account, form, status="ERROR", reason="FAILED_PROCESSING_VIDEO")
            case "CAROUSEL":
                children = self.children_of(token, form, 2, 20)
                return self.contain(token.account, form, children=children)
        raise Refusal(100, "Param media_type must be one of TEXT, IMAGE, VIDEO, CAROUSEL")

    def _post(self, id_: str) -> Any:
        for one in self.posts:
            if one.id == id_:
                return one
        raise Refusal(100, "Object does not exist", subcode=33)

    def _row(self, post: Any) -> dict[str, Any]:
        link = f"https://www.threads.net/@ryebread/post/{post.id}"
        said = {"id": post.id, "permalink": link, "text": post.text, "timestamp": post.more["at"]}
        kind = post.more["form"]["media_type"]
        said["media_type"] = {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}.get(kind, kind)
        if kind == "CAROUSEL":
            said["children"] = {"data": [{"id": one} for one in post.media]}
        return {**said, "replied_to": {"id": post.reply_to}} if post.reply_to else said

    def _rows(self, *, replies: bool) -> list[dict[str, Any]]:
        return [self._row(one) for one in reversed(self.posts) if bool(one.reply_to) == replies]
