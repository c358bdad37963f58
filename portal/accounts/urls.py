from django.urls import path

from . import views

app_name = "accounts"

urlpatterns = [
    path("me/", views.home, name="home"),
    path("me/sign-out-everywhere/", views.sign_out_everywhere, name="sign-out-everywhere"),
]
