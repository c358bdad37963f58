"""The journeys can only be trusted if a silent fault in the browser fails them."""

from tests.e2e.conftest import OpenPage
from tests.support.browsing import TIMEOUT, Watch
from tests.support.city import SmallCity


def test_faults_that_nobody_sees_are_noticed(city: SmallCity, open_page: OpenPage, watch: Watch) -> None:
    page = open_page(city.users["clerk"])
    assert page.title()
    assert watch.faults == []
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate("setTimeout(() => { throw new Error('planted') })")
    page.evaluate("console.error('said')")
    for word in ("Content Security Policy", "planted", "said"):
        for _moment in range(TIMEOUT // 100):
            if any(word in fault for fault in watch.faults):
                break
            page.wait_for_timeout(100)
        else:
            raise AssertionError((word, watch.faults))
        watch.expect(word)
