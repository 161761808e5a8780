"""What other products' webhooks say, read: payloads made up in the shapes that they document."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from api.services.inbound import SOURCES, Submission, event_id, is_from, lead_id, lead_of
from tests.api.payloads import GOOGLE, HUBSPOT, META, NOTIFICATION, RD_STATION

if TYPE_CHECKING:
    from api.schemas.imports import ImportedLead

ZONE = ZoneInfo("America/Sao_Paulo")


def lead(source: str, payload: dict[str, Any], segment: str | None = None) -> ImportedLead:
    [submission] = SOURCES[source](payload)
    return lead_of(submission, segment, ZONE)


def test_lead_ads_of_meta() -> None:
    read = lead("meta", META)
    assert (read.nome, read.email, read.whatsapp) == (
        "Teste Lins",
        "teste.lins@example.com",
        "+5534990000001",
    )
    assert (read.uf, read.segmento_interesse, read.orcamento_faixa) == ("MG", "CAVALOS", "20k-60k")
    assert str(read.created_at) == "2026-05-04 12:00:01+00:00"
    [submission] = SOURCES["meta"](META)
    assert submission.facts == {"campaign": "120001", "form": "77001"}


def test_a_notification_of_meta_has_the_answers_or_is_refused() -> None:
    [submission] = SOURCES["meta"](NOTIFICATION)
    assert submission.person == "44001"
    assert str(submission.at) == "2026-01-01 00:00:00+00:00"
    bare = deepcopy(NOTIFICATION)
    del bare["entry"][0]["changes"][0]["value"]["field_data"]
    with pytest.raises(KeyError):
        SOURCES["meta"](bare)


def test_lead_forms_of_google() -> None:
    read = lead("google", GOOGLE, "TRATORES")
    assert (read.nome, read.whatsapp, read.uf, read.cidade, read.segmento_interesse) == (
        "Teste Abreu", "+5516990000002", "SP", "Franca", "TRATORES",
    )  # fmt: skip
    assert read.prazo_compra == "30d"
    assert SOURCES["google"](GOOGLE | {"is_test": True}) == []


def test_conversions_of_rd_station() -> None:
    read = lead("rdstation", RD_STATION)
    assert (read.nome, read.whatsapp, read.uf, read.orcamento_faixa) == (
        "Teste Couto", "34 99000-0003", "MG", "60k+",
    )  # fmt: skip
    [first] = SOURCES["rdstation"](RD_STATION)
    [second] = SOURCES["rdstation"](RD_STATION | {"event_timestamp": "2026-05-05T10:00:00-03:00"})
    assert lead_id("rdstation", first) == lead_id("rdstation", second)
    assert event_id("rdstation", first) != event_id("rdstation", second)


def test_contacts_of_hubspot() -> None:
    read = lead("hubspot", HUBSPOT)
    assert (read.nome, read.email, read.uf) == ("Teste Dias", "teste.dias@example.com", "GO")
    [submission] = SOURCES["hubspot"](HUBSPOT)
    assert (submission.person, submission.number) == ("3234574", "b1-2")
    assert str(submission.at) == "2026-05-04 12:00:01+00:00"
    plain = {"id": "9", "createdAt": "2026-05-04T12:00:01Z", "properties": {"email": "a@b.com"}}
    [submission] = SOURCES["hubspot"](plain)
    assert (submission.person, submission.number) == ("9", "9")
    assert lead_of(submission, "CAVALOS", ZONE).nome == "a@b.com"


def test_an_answer_that_can_not_be_one_is_left_out() -> None:
    answers = [("nome", "Teste"), ("segmento", "CAVALOS"), ("telefone", "depois"), ("email", "x")]
    read = lead_of(Submission("1", "1", None, answers), None, ZONE)
    assert (read.nome, read.whatsapp, read.email) == ("Teste", None, None)
    with pytest.raises(ValidationError):
        lead_of(Submission("1", "1", None, [("nome", "Teste")]), None, ZONE)
    with pytest.raises(ValidationError):
        lead_of(Submission("1", "1", None, [("segmento", "CAVALOS")]), None, ZONE)


def test_who_does_not_know_the_secret_is_nobody() -> None:
    for given in (None, "", "secre", "secret ", "é"):
        assert not is_from("hubspot", "secret", given, None, b"")
    assert is_from("hubspot", "secret", "secret", None, b"")
    assert not is_from("meta", "secret", "secret", "sha256=00", b"")
    assert not is_from("hubspot", "secret", None, "sha256=00", b"")
