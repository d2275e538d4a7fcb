"""Addresses of brands and campaigns, below /w/<slug>/."""

from django.urls import path

from campaigns.views import brands, campaigns

app_name = "campaigns"

urlpatterns = [
    path("campaigns/", campaigns.list_campaigns, name="list"),
    path("campaigns/new/", campaigns.create, name="create"),
    path("campaigns/<uuid:pk>/", campaigns.show_campaign, name="detail"),
    path("campaigns/<uuid:pk>/edit/", campaigns.edit, name="edit"),
    path("campaigns/<uuid:pk>/duplicate/", campaigns.duplicate, name="duplicate"),
    path("campaigns/<uuid:pk>/start/", campaigns.start, name="start"),
    path("campaigns/<uuid:pk>/complete/", campaigns.complete, name="complete"),
    path("campaigns/<uuid:pk>/archive/", campaigns.archive, name="archive"),
    path("campaigns/<uuid:pk>/unarchive/", campaigns.unarchive, name="unarchive"),
    path("campaigns/<uuid:pk>/delete/", campaigns.delete, name="delete"),
    path("campaigns/<uuid:pk>/restore/", campaigns.restore, name="restore"),
    path("campaigns/<uuid:pk>/purge/", campaigns.purge, name="purge"),
    path("brands/", brands.list_brands, name="brands"),
    path("brands/new/", brands.create_brand, name="brand_create"),
    path("brands/<uuid:pk>/edit/", brands.edit_brand, name="brand_edit"),
    path("brands/<uuid:pk>/delete/", brands.delete_brand, name="brand_delete"),
    path("brands/<uuid:pk>/restore/", brands.restore_brand, name="brand_restore"),
]
