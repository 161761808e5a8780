"""Tables and columns that a mapping names, whatever they are called."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from postgres.errors import GalopeError
from postgres.install import install, uninstall
from postgres.mapping import Mapping
from stream.__main__ import check_all
from tests.postgres.crms import everything
from tests.stream.replay import drained

LONG = "é" * 31

NAMES = {
    "spaces, capitals and accents": ("Vendas & Cia", "Negócio", "Visita", "Chave", "Em", "Ação"),
    "words of SQL": ("order", "user", "select", "group", "from", "where"),
    "quotes": ('a"b', "it's", "x\"y'z", "k'ey", 'c"r', "t`y"),
    "as long as can be": (LONG, *(f"{LONG[:-1]}{letter}" for letter in "abcde")),
    "marks of templates": ("100%", "a%sb", "c%Id", "{relation}", "{alias}", "{where}"),
    "dots": ("a.b", "c.d", "e.f", "g.h", "i.j", "k.l"),
    "the templates' own": ("s", "s", "e", "id", "lead_id", "event_type"),
}
"""A schema, a subject's table and a source's, and columns: key, time, and a type or an answer."""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def tables(names: tuple[str, ...]) -> tuple[str, str, str]:
    """Return statements that make the tables, and the tables' names in SQL."""
    schema, deal, visit, key, at, kind = map(quoted, names)
    deal, visit = f"{schema}.{deal}", f"{schema}.{visit}"
    made = f"""
        CREATE SCHEMA {schema};
        CREATE TABLE {deal} (
            {key} bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, {at} timestamptz DEFAULT now(),
            {kind} text DEFAULT 'new', "Final Score" integer
        );
        CREATE TABLE {visit} (
            deal bigint, {at} timestamptz DEFAULT now(), {kind} text DEFAULT 'cta_click'
        );
    """
    return made, deal, visit


def mapping(names: tuple[str, ...], deal: str, visit: str) -> Mapping:
    """Return a mapping of the tables, that writes scores to the subject's."""
    _, _, _, key, at, kind = names
    subject: dict[str, Any] = {"table": deal, "key": key, "created_at": at, "profile": [kind]}
    subject |= {"track": [kind], "write": "columns", "columns": {"score": "Final Score"}}
    source = {"table": visit, "subject": {"deal": "deal"}, "at": at, "type": kind}
    return Mapping.model_validate({"subject": {"deal": subject}, "source": [source]})


@pytest.mark.parametrize("how", NAMES)
async def test_whatever_tables_and_columns_are_called(empty_database: str, how: str) -> None:
    connection = await asyncpg.connect(empty_database)
    made, deal, visit = tables(NAMES[how])
    await connection.execute(made)
    before = await everything(connection)
    await install(connection, mapping(NAMES[how], deal, visit))
    await connection.execute(f"INSERT INTO {deal} DEFAULT VALUES")
    await connection.execute(f"INSERT INTO {visit} (deal) VALUES (1), (1)")
    await connection.execute(f"UPDATE {deal} SET {quoted(NAMES[how][-1])} = 'won'")
    await check_all(connection)
    await drained(empty_database)
    assert await connection.fetchval("SELECT state ->> 'count' FROM galope.lead_state") == "3"
    score = await connection.fetchval("SELECT score FROM galope.score")
    assert await connection.fetchval(f'SELECT "Final Score" FROM {deal}') == score > 0
    await uninstall(connection)
    assert await everything(connection) == before
    await connection.close()


async def test_no_name_ends_what_galope_writes(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    names = ("sales", "deal", "visit", "id", "at", "x$galope$; DROP TABLE sales.visit; --")
    made, deal, visit = tables(names)
    await connection.execute(made)
    before = await everything(connection)
    with pytest.raises(GalopeError, match=r"holds \$galope\$"):
        await install(connection, mapping(names, deal, visit))
    assert await everything(connection) == before
    await connection.close()
