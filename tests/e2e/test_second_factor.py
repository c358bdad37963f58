"""The second factor in a real browser: an authenticator app, a passkey, and signing in without a password."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage
from tests.support.browsing import find_barriers
from tests.support.city import SmallCity

PASSWORD = "pw-for-tests"


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def say_who_it_is(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("请再次验证身份")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="继续").click()


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_an_authenticator_app_is_enrolled_and_asked_for(city: SmallCity, open_page: OpenPage) -> None:
    page = open_page(None, "/accounts/login/")
    assert find_barriers(page) == []
    sign_in(page, "district_admin")
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="启用动态口令").click()
    say_who_it_is(page)
    picture = page.locator("img.w-qr")
    expect(picture).to_be_visible()
    # The policy of the page lets the code show.
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    assert find_barriers(page) == []
    secret = page.locator("#authenticator_secret").inner_text().strip()
    page.get_by_label("动态口令").fill(code_of(secret))
    page.get_by_role("button", name="启用").click()
    expect(page.locator("#recovery_codes li")).to_have_count(10)

    page.get_by_role("button", name="退出", exact=True).click()
    sign_in(page, "district_admin")
    expect(page.locator("h1")).to_have_text("两步验证")
    assert find_barriers(page) == []
    page.get_by_label("动态口令").fill("000000")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("口令不对")
    page.get_by_label("动态口令").fill(code_of(secret))
    page.get_by_role("button", name="登录", exact=True).click()
    page.goto("/accounts/me/")
    expect(page.locator("main")).to_contain_text("动态口令")


def test_a_passkey_signs_in_without_a_password(city: SmallCity, open_page: OpenPage) -> None:
    page = open_page(None, "/accounts/login/")
    chip = page.context.new_cdp_session(page)
    chip.send("WebAuthn.enable")
    chip.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    sign_in(page, "clerk")
    page.goto("/accounts/2fa/webauthn/add/")
    say_who_it_is(page)
    page.get_by_label("名称").fill("办公室电脑")
    page.get_by_label("免密码登录").check()
    page.get_by_role("button", name="添加").click()
    page.wait_for_url(lambda url: "/add/" not in url)
    page.goto("/accounts/2fa/webauthn/")
    expect(page.locator("table")).to_contain_text("办公室电脑")

    page.get_by_role("button", name="退出", exact=True).click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    page.goto("/accounts/me/")
    expect(page.locator("main")).to_contain_text("通行密钥 1 把")

    # Beside the password it serves as the second step.
    page.get_by_role("button", name="退出", exact=True).click()
    sign_in(page, "clerk")
    expect(page.locator("h1")).to_have_text("两步验证")
    page.get_by_role("button", name="用通行密钥").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
