"""Addresses of imports, below the workspace."""

from django.urls import path

from imports import views

app_name = "imports"
urlpatterns = [
    path("", views.start, name="start"),
    path("example/<slug:kind>.csv", views.example, name="example"),
    path("<uuid:pk>/", views.show, name="detail"),
    path("<uuid:pk>/columns/", views.columns, name="columns"),
    path("<uuid:pk>/read-as/", views.read_as, name="read-as"),
    path("<uuid:pk>/bring-in/", views.bring_in, name="bring-in"),
    path("<uuid:pk>/stop/", views.stop, name="stop"),
    path("<uuid:pk>/take-back/", views.take_back, name="take-back"),
    path("<uuid:pk>/errors.csv", views.errors, name="errors"),
    path("rows/<uuid:pk>/", views.row, name="row"),
]
