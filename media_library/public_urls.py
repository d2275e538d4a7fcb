"""The one address of the library that needs no sign-in: a signed link that a network pulls a picture from."""

from django.urls import path

from media_library import views

app_name = "public"
urlpatterns = [path("media/<str:token>/", views.public_media, name="media")]
