"""The one address of the library that needs no sign-in: a signed link that a network pulls a picture from."""

from django.urls import path

from media_library.views import files

app_name = "public"
urlpatterns = [path("media/<str:token>/", files.public_media, name="media")]
