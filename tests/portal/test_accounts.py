"""Signing in, the lockout, forgotten passwords, the second factor: pages that a library serves in the portal's own words."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from districts.models import Office
from districts.services.offices import clear_second_factor
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from tests.support.city import SmallCity

LOGIN = "/accounts/login/"
PASSWORD = "pw-for-tests"


def sign_in(client: Client, name: str, password: str = PASSWORD):
    return client.post(LOGIN, {"login": name, "password": password})


def with_totp(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def office_of(city: SmallCity, name: str) -> Office:
    return Office.objects.get(user=city.users[name], valid_to=None)


# The lockout


def test_five_wrong_passwords_lock_the_account_and_say_until_when(city: SmallCity) -> None:
    client = Client()
    for spelling in ("clerk", "Clerk", "CLERK", "clerk"):
        answer = sign_in(client, spelling, "wrong")
        assert answer.status_code == 200
        assert "账号或密码不对" in answer.content.decode()
    locked = sign_in(client, "cLerk", "wrong")
    text = locked.content.decode()
    until = timezone.localtime() + timezone.timedelta(minutes=30)
    assert locked.status_code == 429
    assert f"{until:%H:%M}" in text or f"{until - timezone.timedelta(minutes=1):%H:%M}" in text
    assert "平台管理员" in text
    assert sign_in(client, "clerk").status_code == 429, "the right password does not help now"


def test_the_administrator_sees_and_lifts_the_lock(city: SmallCity) -> None:
    for _try in range(5):
        sign_in(Client(), "Clerk", "wrong")
    admin, office = Client(), office_of(city, "clerk")
    admin.force_login(city.users["district_admin"])
    assert "已锁定" in admin.get("/units/offices/").content.decode()
    done = admin.post(f"/units/offices/{office.pk}/unlock/", follow=True)
    assert "已解除锁定" in done.content.decode()
    assert sign_in(Client(), "clerk").status_code == 302


@pytest.mark.parametrize("name", ["reviewer", "clerk_two", "other_reviewer"])
def test_nobody_else_lifts_it(city: SmallCity, name: str) -> None:
    client = Client()
    client.force_login(city.users[name])
    assert client.post(f"/units/offices/{office_of(city, 'clerk').pk}/unlock/").status_code == 403


# Forgotten passwords


def test_the_page_tells_both_ways(db: None) -> None:
    text = Client().get("/accounts/password/reset/").content.decode()
    assert "教育工委的平台管理员" in text
    assert 'name="email"' in text


def test_an_own_address_counts_once_it_is_confirmed(city: SmallCity) -> None:
    user, client = city.users["clerk"], Client()
    client.force_login(user)
    client.post("/accounts/email/", {"action_add": "", "email": "clerk@school.example"})
    link = re.search(r"https?://\S+(/accounts/confirm-email/\S+)", mail.outbox[-1].body)
    assert link is not None
    assert "登记了这个邮箱" in mail.outbox[-1].body
    stranger = Client()
    stranger.post("/accounts/password/reset/", {"email": "clerk@school.example"})
    assert "没有账号登记并确认过" in mail.outbox[-1].body, "not confirmed yet"
    client.post(link[1])
    user.refresh_from_db()
    assert user.email == "clerk@school.example"

    known, unknown = (
        text_of(stranger.post("/accounts/password/reset/", {"email": address}, follow=True).content.decode())
        for address in ("Clerk@school.example", "no@school.example")
    )
    assert known == unknown, "nobody finds out which addresses are known"
    letter = next(m for m in mail.outbox if "重设密码" in m.subject)
    reset = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", letter.body)
    assert reset is not None
    page = stranger.get(reset[1], follow=True)
    chosen = "a-quiet-garden-7"
    stranger.post(page.redirect_chain[-1][0], {"password1": chosen, "password2": chosen})
    assert sign_in(Client(), "clerk", chosen).status_code == 302
    assert "链接不能用了" in stranger.get(reset[1], follow=True).content.decode()


def test_a_mail_server_that_is_down_is_said_plainly(city: SmallCity, settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # type: ignore[attr-defined]
    EmailAddress.objects.create(user=city.users["clerk"], email="c@school.example", verified=True, primary=True)
    answer = Client().post("/accounts/password/reset/", {"email": "c@school.example"}, follow=True)
    assert answer.status_code == 200
    assert "邮件没有发出" in answer.content.decode()


# The second factor


def test_a_password_alone_is_not_enough_any_more(city: SmallCity) -> None:
    secret, client = with_totp(city.users["clerk"]), Client()
    assert sign_in(client, "clerk").headers["Location"] == reverse("mfa_authenticate")
    assert client.get("/returns/").status_code == 302
    refused = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "口令不对" in refused.content.decode()
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/returns/").status_code == 200


def test_a_recovery_code_works_once(city: SmallCity) -> None:
    with_totp(city.users["clerk"])
    code = Authenticator.objects.get(user=city.users["clerk"], type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (200, 302):
        client = Client()
        sign_in(client, "clerk")
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert client.get("/returns/").status_code == expected


def test_guessing_codes_is_stopped(city: SmallCity) -> None:
    secret, client = with_totp(city.users["clerk"]), Client()
    sign_in(client, "clerk")
    for number in range(10):
        client.post("/accounts/2fa/authenticate/", {"code": f"{number:06d}"})
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert "尝试次数过多" in answer.content.decode()
    assert client.get("/returns/").status_code == 302


def test_who_lost_the_phone_gets_help_from_the_administrator(city: SmallCity) -> None:
    with_totp(city.users["clerk"])
    office, admin = office_of(city, "clerk"), Client()
    admin.force_login(city.users["district_admin"])
    assert "已启用" in admin.get(f"/units/offices/{office.pk}/").content.decode()
    admin.post(f"/units/offices/{office.pk}/second-factor/")
    assert sign_in(Client(), "clerk").headers["Location"] == "/"
    with pytest.raises(DomainError) as refusal:
        clear_second_factor(actor=city.users["reviewer"], scope=city.scope("reviewer"), office_id=office.pk)
    assert refusal.value.code == "forbidden"


def test_a_role_can_be_made_to_use_it(city: SmallCity, settings: object) -> None:
    settings.SECOND_FACTOR_REQUIRED_ROLES = ["district_admin"]  # type: ignore[attr-defined]
    client = Client()
    client.force_login(city.users["district_admin"])
    assert client.get("/units/offices/").headers["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    with_totp(city.users["district_admin"])
    assert client.get("/units/offices/").status_code == 200
    client.force_login(city.users["clerk"])
    assert client.get("/returns/").status_code == 200, "not the clerk"


def test_signing_out_everywhere(city: SmallCity) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, "clerk")
    here.post("/accounts/me/sign-out-everywhere/")
    assert there.get("/returns/").status_code == here.get("/returns/").status_code == 302


# Every page of the library is the portal's


def account_pages() -> list[str]:
    def walk(patterns: list[URLPattern | URLResolver], prefix: str = ""):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, path)
            elif path.startswith("accounts/") and "?P" not in path:
                yield "/" + path.replace("^", "").replace("$", "")

    return sorted(set(walk(get_resolver().url_patterns)))


def text_of(html: str) -> str:
    body = re.sub(r"<(script|style)\b.*?</\1>", "", html[html.index("<body") :], flags=re.S)
    return re.sub(r"<[^>]+>", " ", body)


@pytest.mark.parametrize("path", [p for p in account_pages() if "<int:pk>" not in p])
@pytest.mark.parametrize("who", ["anonymous", "plain", "secured"])
def test_pages_speak_chinese_in_the_portals_frame(city: SmallCity, path: str, who: str) -> None:
    client = Client()
    if who != "anonymous":
        if who == "secured":
            with_totp(city.users["clerk"])
        client.force_login(city.users["clerk"])
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time(), "username": "clerk", "reauthenticated": True}
        ]
        session.save()
    answer = client.get(path)
    # 404: there is nothing to switch off or to show for this account, in the words of the portal.
    assert answer.status_code in (200, 302, 404, 405), answer.status_code
    if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
        html = answer.content.decode()
        assert 'class="w-top"' in html
        assert not re.search(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", text_of(html)), text_of(html)


def test_enrolling_asks_for_the_password_again(city: SmallCity) -> None:
    client = Client()
    sign_in(client, "clerk")
    asked = client.get("/accounts/2fa/totp/activate/", follow=True)
    assert "请再次验证身份" in asked.content.decode()
    address = asked.redirect_chain[-1][0]
    assert "密码不对" in client.post(address, {"password": "wrong"}).content.decode()
    assert "扫描二维码" in client.post(address, {"password": PASSWORD}, follow=True).content.decode()
