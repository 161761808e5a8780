"""What the shapes on the wire have in common; those of one call stand beside it.

The documentation shows an example of each. A field of a simple type names its own, and the example
of a model is made of those of its fields.
"""

import unicodedata
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


def _storable(text: str) -> str:
    """Refuse what neither UTF-8 nor Postgres can hold."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        message = "NUL and halves of surrogate pairs can't be stored"
        raise ValueError(message)
    return text


def _composed(text: str) -> str:
    """Return text in one Unicode form, so that names sent in different ones are the same."""
    return unicodedata.normalize("NFC", text)


def _writable(value: Any) -> Any:
    """Refuse what JSON can't hold, such as half a surrogate pair or a number without bounds."""
    try:
        orjson.dumps(value)
    except TypeError as error:
        message = "not storable as JSON"
        raise ValueError(message) from error
    return value


StorableJson = AfterValidator(_writable)
"""Of what can be stored as JSON."""

JsonObject = Annotated[dict[str, Any], StorableJson]
"""Any JSON object that can be stored."""

StorableText = Annotated[str, AfterValidator(_storable)]
"""Text that can be stored."""

Line = Annotated[
    StorableText,
    StringConstraints(strip_whitespace=True, max_length=300),
    AfterValidator(_storable),
    AfterValidator(_composed),
]
"""One line of text."""

NonEmptyLine = Annotated[
    Line, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)
]
"""One line of text that is not empty."""

LEAD_ID = "7c0f5c1e-54a1-4c2c-9b57-0c3f8f6f4c11"

LeadId = Annotated[UUID, Field(examples=[LEAD_ID])]

Ok = Annotated[bool, Field(examples=[True])]

Timestamp = Annotated[datetime, Field(examples=["2026-05-04T12:00:01+00:00"])]

ScorePoints = Annotated[int, Field(examples=[58])]

StatusName = Annotated[str, Field(examples=["AQUECENDO"])]

Probability = Annotated[float, Field(examples=[0.31])]

Version = Annotated[int, Field(examples=[3])]


class Shape(BaseModel):
    """What goes over the wire; its schema has an example of it."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema with an example: the model's own, or else what its fields show."""
        schema = handler(core_schema)
        resolved = handler.resolve_ref_schema(schema)
        fields = resolved.get("properties", {})
        examples = {name: _examples(field, handler) for name, field in fields.items()}
        example = {name: values[0] for name, values in examples.items() if values}
        resolved.setdefault("examples", [example])
        return schema


def _examples(schema: JsonSchemaValue, handler: GetJsonSchemaHandler) -> list[Any]:
    """Return the examples of a field: its own, or those of what it is made of."""
    if "examples" not in schema:
        schema = handler.resolve_ref_schema(schema)
    if "examples" in schema:
        examples: list[Any] = schema["examples"]
        return examples
    if "anyOf" in schema:  # of what may be None, which comes last
        return _examples(schema["anyOf"][0], handler)
    items = _examples(schema["items"], handler) if "items" in schema else []
    return [items] if items else []


class RequestBody(Shape):
    """What a client sends; numbers are taken for text where text is meant."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")


class ResponseBody(Shape):
    """What a client gets; there may be more than is described."""

    model_config = ConfigDict(extra="allow")


class CamelBody(ResponseBody):
    """What a client gets of alerts and customers: camelCase, as front ends of these have it."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow")


class Problem(ResponseBody):
    """Any answer that is not success."""

    error: str = Field(examples=["Requisição inválida"])


class Total(ResponseBody):
    """A count."""

    total: int = Field(examples=[240])


class Done(ResponseBody):
    """That it was done."""

    ok: Ok
