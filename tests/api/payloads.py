"""Made-up payloads, in the shapes that each product documents; of nobody."""

from __future__ import annotations

from typing import Any

META: dict[str, Any] = {
    "id": "990001",
    "created_time": "2026-05-04T12:00:01+0000",
    "form_id": "77001",
    "campaign_id": "120001",
    "field_data": [
        {"name": "full_name", "values": ["Teste Lins"]},
        {"name": "email", "values": ["teste.lins@example.com"]},
        {"name": "phone_number", "values": ["+5534990000001"]},
        {"name": "state", "values": ["Minas Gerais"]},
        {"name": "qual_segmento?", "values": ["cavalos"]},
        {"name": "qual_o_seu_orçamento?", "values": ["R$ 30.000"]},
    ],
}

NOTIFICATION: dict[str, Any] = {
    "object": "page",
    "entry": [
        {
            "id": "55001",
            "time": 1767225601,
            "changes": [
                {
                    "field": "leadgen",
                    "value": {
                        "leadgen_id": "44001",
                        "page_id": "55001",
                        "form_id": "77001",
                        "created_time": 1767225600,
                        "field_data": META["field_data"],
                    },
                },
            ],
        }
    ],
}

GOOGLE: dict[str, Any] = {
    "lead_id": "TeSter-1a2b",
    "user_column_data": [
        {"column_name": "Nome", "string_value": "Teste Abreu", "column_id": "FULL_NAME"},
        {"column_name": "Fone", "string_value": "+5516990000002", "column_id": "PHONE_NUMBER"},
        {"column_name": "Estado", "string_value": "São Paulo", "column_id": "REGION"},
        {"string_value": "Franca", "column_id": "CITY"},
        {"column_name": "Qual o prazo?", "string_value": "30 dias", "column_id": "1"},
    ],
    "api_version": "1.0",
    "form_id": 40000000001,
    "campaign_id": 123456,
    "google_key": "a key of Google's",
    "is_test": False,
    "gcl_id": "",
}

RD_STATION: dict[str, Any] = {
    "event_type": "WEBHOOK.CONVERTED",
    "entity_type": "CONTACT",
    "event_identifier": "catalogo",
    "timestamp": "2026-05-04T09:01:00.000-03:00",
    "event_timestamp": "2026-05-04T09:00:01.000-03:00",
    "contact": {
        "uuid": "0c1d6f1a-5f7e-4f6f-8b1a-0b7f5f0c9a01",
        "email": "teste.couto@example.com",
        "name": "Teste Couto",
        "personal_phone": "34 3300-0000",
        "mobile_phone": "34 99000-0003",
        "city": "Uberaba",
        "state": "MG",
        "job_title": "Pecuarista",
        "tags": ["feira"],
        "cf_segmento": ["CAVALOS"],
        "cf_orcamento": "100000",
        "funnel": {"lifecycle_stage": "Lead"},
    },
}

HUBSPOT: dict[str, Any] = {
    "vid": 3234574,
    "portal-id": 62515,
    "properties": {
        "firstname": {"value": "Teste", "versions": []},
        "lastname": {"value": "Dias"},
        "email": {"value": "teste.dias@example.com"},
        "state": {"value": "Goiás"},
        "segmento": {"value": "CAVALOS"},
        "hs_email_domain": {"value": "example.com"},
        "createdate": {"value": "1767225600000"},
    },
    "form-submissions": [
        {"conversion-id": "b1-1", "timestamp": 1767225600000, "form-id": "f1", "title": "Site"},
        {"conversion-id": "b1-2", "timestamp": 1777896001000, "form-id": "f2", "title": "Feira"},
    ],
}
