"""The ways in and out of an account, as a browser without JavaScript walks them."""

import re

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "a horse at sea"
NEW_PASSWORD = "two cows on land"
SIGNUP = {"email": "carol@example.com", "username": "carol", "password1": PASSWORD}


def is_logged_in(client) -> bool:
    return "_auth_user_id" in client.session


def link_in_mail() -> str:
    return re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]


def log_in(client, login: str = "alice@example.com", password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": login, "password": password})


@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "account_reset_password", "account_reset_password_done"]
)
def test_the_ways_in_are_open(client, name):
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert 'class="auth"' in page.text


@pytest.mark.parametrize("name", ["accounts:profile", "account_email", "account_change_password"])
def test_the_account_asks_to_log_in(client, name):
    assert client.get(reverse(name)).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["accounts:profile", "account_email", "account_change_password", "account_logout"])
def test_the_accounts_pages_work(alice_client, name):
    assert alice_client.get(reverse(name)).status_code == 200


def test_signing_up_logs_in(client):
    answer = client.post(reverse("account_signup"), SIGNUP)
    assert answer.url == reverse("generation:studio")
    assert is_logged_in(client)
    assert User.objects.get().email == "carol@example.com"


@pytest.mark.parametrize(
    "change",
    [
        {"email": "no address"},
        {"email": ""},
        {"username": ""},
        {"username": "<b>"},
        {"password1": "short"},
        {"password1": ""},
    ],
)
def test_a_bad_sign_up_says_what_is_wrong(client, change):
    page = client.post(reverse("account_signup"), SIGNUP | change)
    assert "field__error" in page.text
    assert not User.objects.exists()


def test_a_taken_address_makes_no_second_account(client, alice):
    client.post(reverse("account_signup"), SIGNUP | {"email": "ALICE@example.com"})
    assert User.objects.get() == alice


def test_people_log_in_with_their_address(client, alice):
    assert log_in(client).status_code == 302
    assert is_logged_in(client)


@pytest.mark.parametrize(
    ("login", "password"), [("alice@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("alice", PASSWORD)]
)
def test_a_wrong_login_is_refused(client, alice, login, password):
    assert log_in(client, login, password).status_code == 200
    assert not is_logged_in(client)


def test_guessing_a_password_is_stopped(client, alice):
    for _ in range(5):
        log_in(client, password="wrong")
    assert "Too many failed login attempts" in log_in(client).text
    assert not is_logged_in(client)


def test_logging_in_leads_on(client, alice):
    body = {"login": alice.email, "password": PASSWORD, "next": "/library/?q=x"}
    assert client.post(reverse("account_login"), body).url == "/library/?q=x"


def test_logging_in_leads_nowhere_else(client, alice):
    body = {"login": alice.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(reverse("account_login"), body).url == reverse("generation:studio")


def test_logging_out(alice_client):
    assert alice_client.post(reverse("account_logout")).url == reverse("gallery:landing")
    assert not is_logged_in(alice_client)


def test_a_forgotten_password_is_reset_by_mail(client, alice):
    client.post(reverse("account_reset_password"), {"email": alice.email})
    form = client.get(link_in_mail(), follow=True)
    page = client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True)
    assert "Your password is changed" in page.text
    assert log_in(client, password=NEW_PASSWORD).status_code == 302


def test_a_reset_link_works_once(client, alice):
    client.post(reverse("account_reset_password"), {"email": alice.email})
    link = link_in_mail()
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert "This link no longer works" in client.get(link, follow=True).text


def test_resetting_does_not_tell_who_has_an_account(client, alice):
    known = client.post(reverse("account_reset_password"), {"email": alice.email}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.com"}, follow=True)
    assert (known.status_code, known.request["PATH_INFO"]) == (unknown.status_code, unknown.request["PATH_INFO"])


def test_a_password_is_changed(alice_client, alice):
    body = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert alice_client.post(reverse("account_change_password"), body).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)


def test_a_changed_password_needs_the_old_one(alice_client, alice):
    body = {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert "field__error" in alice_client.post(reverse("account_change_password"), body).text


def test_an_address_changes_once_it_is_confirmed(client, alice):
    log_in(client)
    page = client.post(reverse("account_email"), {"email": "new@example.com", "action_add": ""}, follow=True)
    assert "new@example.com" in page.text
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    confirmation = link_in_mail()
    assert "new@example.com" in client.get(confirmation).text
    client.post(confirmation)
    alice.refresh_from_db()
    assert alice.email == "new@example.com"


def test_an_address_change_is_called_off(client, alice):
    log_in(client)
    client.post(reverse("account_email"), {"email": "new@example.com", "action_add": ""}, follow=True)
    client.post(reverse("account_email"), {"email": "new@example.com", "action_remove": ""}, follow=True)
    assert "We sent a link" not in client.get(reverse("account_email")).text
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_changing_ones_mind_twice_keeps_the_last_address(client, alice):
    log_in(client)
    for email in ("one@example.com", "two@example.com"):
        client.post(reverse("account_email"), {"email": email, "action_add": ""})
    assert sorted(alice.emailaddress_set.values_list("email", flat=True)) == ["alice@example.com", "two@example.com"]


def test_the_address_in_use_is_not_removed(client, alice):
    log_in(client)
    client.post(reverse("account_email"), {"email": "new@example.com", "action_add": ""})
    client.post(reverse("account_email"), {"email": "alice@example.com", "action_remove": ""})
    assert alice.emailaddress_set.filter(email="alice@example.com").exists()


def test_an_address_of_somebody_else_is_not_taken_over(client, alice, bob):
    log_in(client)
    address = EmailAddress.objects.create(user=alice, email=bob.email)
    page = client.post(reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key]), follow=True)
    assert "Unable to confirm" in page.text
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_a_name_is_changed(alice_client, alice):
    alice_client.post(reverse("accounts:profile"), {"username": "alicia"})
    alice.refresh_from_db()
    assert alice.username == "alicia"


@pytest.mark.parametrize("name", ["", "bob", "<b>", "x" * 200])
def test_a_bad_name_is_refused_with_a_sentence(alice_client, alice, bob, name):
    page = alice_client.post(reverse("accounts:profile"), {"username": name})
    assert page.status_code == 422
    assert "field__error" in page.text


def test_the_admin_is_entered_through_the_same_login(client, alice_client):
    assert client.__class__().get(reverse("admin:login")).url.startswith(reverse("account_login"))
    assert alice_client.get(reverse("admin:login")).status_code == 403
    assert alice_client.get(reverse("admin:index")).status_code == 302


def test_posts_need_the_forms_token(alice):
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD}).status_code == 403
