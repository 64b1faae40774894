import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

ACT = "/images/00000000-0000-4000-8000-000000000000/favorite/"
PAGE = "http://testserver/explore/?q=apple"
LOGIN_AND_BACK = "/accounts/login/?next=/explore/%3Fq%3Dapple"


def test_a_page_is_come_back_to(client):
    assert client.get("/library/?q=apple").url == f"{reverse('account_login')}?next=/library/%3Fq%3Dapple"


def test_a_button_leads_back_to_its_page(client):
    assert client.post(ACT, headers={"Referer": PAGE}).url == LOGIN_AND_BACK


def test_a_whole_page_goes_to_log_in_when_a_part_of_it_is_refused(client):
    answer = client.post(ACT, headers={"HX-Request": "true", "HX-Current-URL": PAGE})
    assert answer.headers["HX-Redirect"] == LOGIN_AND_BACK


@pytest.mark.parametrize("page", ["", "https://evil.example/", "javascript:alert(1)", "//evil.example/"])
def test_no_other_site_is_led_to(client, page):
    assert client.post(ACT, headers={"Referer": page}).url == f"{reverse('account_login')}?next=/"
