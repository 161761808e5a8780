"""The n8n workflows: in the published shape, without a secret, and of calls that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.api.served import described

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "n8n"
WORKFLOWS = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted(FOLDER.glob("*.json"))
}
WORKFLOW = {"name", "nodes", "connections", "settings"}
"""What a workflow must have, and may: n8n's public API refuses what is not in its description."""
NODE: dict[str, type | tuple[type, ...]] = {
    "id": str, "name": str, "type": str, "typeVersion": (int, float), "position": list,
    "parameters": dict, "credentials": dict, "executeOnce": bool, "alwaysOutputData": bool,
    "retryOnFail": bool, "maxTries": int, "waitBetweenTries": int, "onError": str,
}  # fmt: skip
"""What a node may have, with its type, as far as it is used here."""
NEEDED = {"id", "name", "type", "typeVersion", "position", "parameters"}
SCHEDULES = {
    "churn-alerts": "0 8 1,15 * *",
    "purchase-predictions": "0 8 * * 1",
    "retraining": "0 3 1 * *",
}
SECRET = re.compile(
    r"xox[abp]-|galope_\w{8}|whsec_|Bearer \w|password|hooks\.slack\.com", re.IGNORECASE
)

each = pytest.mark.parametrize("name", WORKFLOWS)


def nodes_of(name: str) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in WORKFLOWS[name]["nodes"]}


def test_there_are_three() -> None:
    assert WORKFLOWS.keys() == SCHEDULES.keys()


@each
def test_it_has_the_published_shape(name: str) -> None:
    workflow, nodes = WORKFLOWS[name], nodes_of(name)
    assert workflow.keys() == WORKFLOW
    assert len(nodes) == len(workflow["nodes"]) == len({one["id"] for one in nodes.values()})
    for node in nodes.values():
        assert node.keys() >= NEEDED
        for field, value in node.items():
            assert isinstance(value, NODE[field]), (node["name"], field)
        assert node["type"].startswith("n8n-nodes-base.")
        assert [type(part) for part in node["position"]] == [int, int]


@each
def test_every_node_is_reached_by_its_name(name: str) -> None:
    nodes, connections = nodes_of(name), WORKFLOWS[name]["connections"]
    assert connections.keys() <= nodes.keys()
    targets = [
        target
        for outputs in connections.values()
        for output in outputs["main"]
        for target in output
    ]
    assert all((target["type"], target["index"]) == ("main", 0) for target in targets)
    assert {target["node"] for target in targets} == nodes.keys() - {"Schedule"}
    named = re.findall(r"\$\('([^']+)'\)", json.dumps(WORKFLOWS[name], ensure_ascii=False))
    assert set(named) <= nodes.keys()


@each
def test_it_runs_when_it_should(name: str) -> None:
    [interval] = nodes_of(name)["Schedule"]["parameters"]["rule"]["interval"]
    assert interval == {"field": "cronExpression", "expression": SCHEDULES[name]}


@each
def test_credentials_are_named_and_no_secret_is_there(name: str) -> None:
    for node in nodes_of(name).values():
        kind = node["type"].removeprefix("n8n-nodes-base.")
        wanted = {"httpRequest": ["httpHeaderAuth"], "slack": ["slackApi"], "emailSend": ["smtp"]}
        assert list(node.get("credentials", {})) == wanted.get(kind, [])
        for credential in node.get("credentials", {}).values():
            assert credential.keys() == {"id", "name"}
    assert not SECRET.search(json.dumps(WORKFLOWS[name]))


@each
def test_every_call_is_one_of_the_api(name: str) -> None:
    asked = [node["parameters"] for node in nodes_of(name).values() if "url" in node["parameters"]]
    assert asked
    for call in asked:
        base, address = re.fullmatch(r"=(\{\{.*?\}\})(/.*)", call["url"]).groups()  # type: ignore[union-attr]
        assert base == "{{ $('Settings').first().json.galope }}"
        path, _, query = address.partition("?")
        said = described()["paths"][path][call["method"].lower()]
        known = {parameter["name"] for parameter in said.get("parameters", ())}
        assert {parameter for parameter, _ in parse_qsl(query)} <= known
        assert ("requestBody" in said) >= ("jsonBody" in call)


@each
def test_its_settings_are_those_it_uses(name: str) -> None:
    assigned = nodes_of(name)["Settings"]["parameters"]["assignments"]["assignments"]
    used = set(
        re.findall(r"\$\('Settings'\)\.first\(\)\.json\.(\w+)", json.dumps(WORKFLOWS[name]))
    ) | set(re.findall(r"const \{ (\w+) \} = \$\('Settings'\)", json.dumps(WORKFLOWS[name])))
    assert {one["name"] for one in assigned} == used


def test_training_tells_of_failure_by_its_second_output() -> None:
    node = nodes_of("retraining")["Train again"]
    assert node["onError"] == "continueErrorOutput"
    success, failure = WORKFLOWS["retraining"]["connections"]["Train again"]["main"]
    assert [one["node"] for one in (*success, *failure)] == ["Tell of success", "Tell of failure"]
