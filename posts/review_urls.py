"""What a client's review link leads to: its secret is in the address, nobody signs in."""

from django.urls import path

from posts.views import client_review

app_name = "review"
urlpatterns = [
    path("<str:token>/", client_review.show, name="show"),
    path("<str:token>/posts/<uuid:pk>/", client_review.show_post, name="post"),
    path("<str:token>/posts/<uuid:pk>/answer/", client_review.answer, name="answer"),
    path("<str:token>/pictures/<uuid:pk>/", client_review.picture, name="picture"),
]
