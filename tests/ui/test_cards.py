"""The board's cards: where they stand, what of them is seen, and which answer is newer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ui.cards import STAGES, Cards, ScoreChange, card_of, matches, stage_of
from ui.columns import MAX_RECENT, PAGE, BoardFilter, columns
from ui.due import contact_of, due_of
from ui.translator import Translator

NOW = 1_000.0


def lead(number: int, **changes: Any) -> dict[str, Any]:
    values = {
        "id": f"{number:04d}",
        "nome": f"Lead {number}",
        "score": number % 40,
        "status": "CURIOSO",
        "created_at": f"2026-01-01T00:00:{number % 60:02d}",
        "score_scored_at": "2026-01-02",
    }
    return values | changes


def score_change(received_at: float) -> ScoreChange:
    return ScoreChange("cta_click", 20, 10, "2026-01-02", received_at)


@pytest.mark.parametrize(
    ("status", "stage", "expected"),
    [
        ("CURIOSO", "INBOX", "INBOX"),
        ("AQUECENDO", "INBOX", "AQUECENDO"),
        ("AQUECENDO", None, "AQUECENDO"),
        ("CURIOSO", "QUALIFICADO", "QUALIFICADO"),
        ("ENVIADO", "INBOX", "ENVIADO"),
        ("outro", "outra", "INBOX"),
        (None, None, "INBOX"),
    ],
)
def test_a_leads_column(status: str | None, stage: str | None, expected: str) -> None:
    assert stage_of({"status": status, "crm_stage": stage}) == expected


def test_columns_are_paged_and_counted_whole() -> None:
    cards = Cards()
    cards.replace(lead(number) for number in range(3 * PAGE))
    inbox, *others = columns(cards.all(), BoardFilter(), NOW)
    assert (inbox.stage, inbox.total, len(inbox.cards)) == (STAGES[0], 3 * PAGE, PAGE)
    assert [card.score for card in inbox.cards] == sorted(
        (card.score for card in inbox.cards), reverse=True
    )
    assert not any(column.cards for column in others)


def test_what_just_moved_is_seen_though_its_page_ends_before_it() -> None:
    cards = Cards()
    cards.replace(lead(number, score=39) for number in range(PAGE))
    for number in range(2 * MAX_RECENT):
        cards.put(lead(PAGE + number, score=1), score_change(NOW - 1 - number))
    cards.put(lead(900, score=0), score_change(NOW - 3_600))
    shown = columns(cards.all(), BoardFilter(), NOW)[0].cards
    assert {card.id for card in shown[PAGE:]} == {
        f"{PAGE + number:04d}" for number in range(MAX_RECENT)
    }


def test_a_filter_applies_by_all_it_names() -> None:
    cards = Cards()
    cards.replace(
        [
            lead(1, nome="João", uf="MG", segmento_interesse="CAVALOS", lead_group=2),
            lead(2, nome="Joana", uf="SP", segmento_interesse="CAVALOS"),
            lead(3, nome="Rui", uf="MG", segmento_interesse="EVENTOS", whatsapp="+55 11"),
        ]
    )

    def shown(filters: BoardFilter) -> set[str]:
        return {card.id for column in columns(cards.all(), filters, NOW) for card in column.cards}

    assert shown(BoardFilter(search="joao")) == {"0001"}
    assert shown(BoardFilter(search="55 11")) == {"0003"}
    assert shown(BoardFilter(search="minas joão")) == set()
    assert shown(BoardFilter(uf="MG", segment="CAVALOS")) == {"0001"}
    assert shown(BoardFilter(ids=frozenset({"0002"}))) == {"0002"}
    assert shown(BoardFilter(group=2)) == {"0001"}


def test_what_is_due_first_comes_first() -> None:
    cards = Cards()
    action = {"next_action_text": "Ligar", "next_action_time": "09:00:00"}
    cards.replace(
        [
            lead(1, score=39),
            lead(2, score=5, next_action_date="2026-02-02", **action),
            lead(3, score=4, next_action_date="2026-02-01", **action),
        ]
    )
    shown = columns(cards.all(), BoardFilter(order="due"), NOW)[0].cards
    assert [card.id for card in shown] == ["0003", "0002", "0001"]


def test_an_answer_that_was_overtaken_changes_nothing() -> None:
    cards = Cards()
    cards.put(lead(1, score=30, score_scored_at="2026-01-03"), score_change(NOW))
    cards.put(lead(1, score=0, score_scored_at=None))
    cards.replace([lead(1, score=10, score_scored_at="2026-01-01")])
    card = cards.get("0001")
    assert card is not None
    assert (card.score, card.change) == (30, score_change(NOW))


def test_a_move_keeps_what_moved_the_score_last() -> None:
    cards = Cards()
    cards.put(lead(1), score_change(NOW))
    cards.put(lead(1, crm_stage="AQUECENDO"))
    card = cards.get("0001")
    assert card is not None
    assert (card.stage, card.change) == ("AQUECENDO", score_change(NOW))


def test_a_lead_that_is_gone_leaves_the_board() -> None:
    cards = Cards()
    cards.replace([lead(1), lead(2), lead(3)])
    cards.drop("0001")
    cards.replace([lead(3)])
    assert [card.id for card in cards.all()] == ["0003"]


@pytest.mark.parametrize(
    "query",
    ["(00) 99296-2739", "99296 2739", "+55 00 992962739", "5500992962739", "962739", "goiania",
     "Goiânia ana", "prado GOIANIA", "ANA@example"],
)  # fmt: skip
def test_a_search_finds_words_in_any_order_and_telephones_as_people_write_them(query: str) -> None:
    card = card_of(
        lead(
            1, nome="Ana Prado", cidade="Goiânia", whatsapp="+55 00 992962739",
            email="ana@example.com",
        )
    )  # fmt: skip
    assert matches(card, query)
    assert not matches(card, f"{query}x")


def test_leads_that_said_no_stand_aside_with_their_reason() -> None:
    cards = Cards()
    cards.replace([lead(1), lead(2)])
    cards.set_lost({"0001": "lost_interest"})
    cards.replace([lead(1), lead(2)])
    open_ones, *_ = columns(cards.all(), BoardFilter(), NOW)
    assert [card.id for card in open_ones.cards] == ["0002"]
    *_, lost = columns(cards.all(), BoardFilter(lost=True), NOW)
    assert [(card.id, card.lost) for card in lost.cards] == [("0001", "lost_interest")]
    cards.set_lost({})
    assert columns(cards.all(), BoardFilter(), NOW)[0].total == 2


@pytest.mark.parametrize(("score", "by_hand"), [(70, 16), (39, -53)])
def test_a_place_is_not_a_score(score: int, by_hand: int) -> None:
    reasons = [
        {"fator": "Prazo", "impacto": score - by_hand},
        {"fator": "Posição definida pela equipe", "code": "by_hand", "impacto": by_hand},
    ]
    moved = lead(1, score=score, score_motivos=reasons)
    assert card_of(moved).score == score - by_hand


@pytest.mark.parametrize(
    ("due", "state", "text"),
    [
        (timedelta(days=-3, hours=-1), "overdue", "atrasado há 3 d"),
        (timedelta(hours=-2), "overdue", "atrasado há 2 h"),
        (timedelta(days=2), "later", "até"),
    ],
)
def test_neglect_shows_and_grows(due: timedelta, state: str, text: str) -> None:
    translate = Translator("pt-BR")
    at = translate.now() + due
    card = card_of(
        lead(
            1, next_action_text="Ligar", next_action_date=f"{at:%Y-%m-%d}",
            next_action_time=f"{at:%H:%M:%S}",
        )
    )  # fmt: skip
    found = due_of(translate, card)
    assert found.state == state
    assert text in found.text


def test_what_has_no_date_is_due_never() -> None:
    assert due_of(Translator("en"), card_of(lead(1))).state == "none"


@pytest.mark.parametrize(
    ("language", "contacted", "text"),
    [
        ("pt-BR", timedelta(days=3), "Último contato: há 3 dias"),
        ("es", timedelta(days=1), "Último contacto: ayer"),
        ("en", timedelta(0), "Last contact: today"),
        ("pt-BR", None, "Sem contato; chegou há 5 dias"),
    ],
)
def test_how_long_a_lead_was_left_alone_is_said_in_words(
    language: str, contacted: timedelta | None, text: str
) -> None:
    translate = Translator(language)
    now = translate.now()
    cards = Cards()
    cards.replace([lead(1, created_at=(now - timedelta(days=5)).isoformat())])
    if contacted is not None:
        cards.set_contacts({"0001": (now - timedelta(days=30)).isoformat()})
        cards.set_contacted("0001", (now - contacted).isoformat())
        cards.put(lead(1, created_at=now.isoformat()))
    card = cards.get("0001")
    assert card is not None
    assert contact_of(translate, card) == text


@pytest.mark.parametrize("tags", ["vip, feira", ["vip", "feira"], "vip,,feira "])
def test_a_card_shows_columns_that_the_team_has(tags: object) -> None:
    card = card_of(lead(1, owner="Bia", deal_value="25000.50", origem="feira", tags=tags))
    assert (card.owner, card.deal_value, card.origin) == ("Bia", 25_000.5, "feira")
    assert card.tags == ("vip", "feira")
    bare = card_of(lead(2, deal_value="a combinar"))
    assert (bare.owner, bare.deal_value, bare.origin, bare.tags) == ("", None, "", ())
