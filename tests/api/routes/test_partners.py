"""Partners listed and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.served import execute

if TYPE_CHECKING:
    from tests.api.served import Served


async def test_partners(api: Served, database: str) -> None:
    await execute(
        database,
        "INSERT INTO partners (cnpj, nome_fantasia, uf, segmento, prioridade) VALUES"
        " ('1', 'Beta', 'MG', 'CAVALOS', 2), ('2', 'Alfa', 'MG', 'CAVALOS', 2),"
        " ('3', 'Zeta', 'SP', 'EVENTOS', 1)",
    )

    async def names(**filters: str) -> list[str]:
        found = await api.client.get("/partners", params=filters)
        count = await api.client.get("/partners/count", params=filters)
        assert count.json() == {"total": len(found.json())}
        return [one["nome_fantasia"] for one in found.json()]

    assert await names() == ["Zeta", "Alfa", "Beta"]
    assert await names(sort="nome") == ["Alfa", "Beta", "Zeta"]
    assert await names(sort="-nome") == ["Zeta", "Beta", "Alfa"]
    assert await names(sort="-prioridade") == ["Alfa", "Beta", "Zeta"]
    assert await names(uf="MG") == ["Alfa", "Beta"]
    assert await names(segment="EVENTOS") == ["Zeta"]
    assert await names(q="alf") == ["Alfa"]
    assert await names(q="a%a") == []
    assert len(await names(q="%")) == 3
    summary = (await api.client.get("/partners/summary", params={"uf": "MG"})).json()
    assert summary == [{"segmento": "CAVALOS", "total": 2}]
