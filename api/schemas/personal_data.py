"""All that is held of a lead, as it is answered."""

from typing import Any

from pydantic import Field

from api.schemas.base import LEAD_ID, LeadId, ResponseBody
from api.schemas.leads import Lead


class PersonalData(ResponseBody):
    """All that is held of a lead, by table."""

    lead_id: LeadId
    lead: Lead
    tables: dict[str, list[dict[str, Any]]] = Field(
        examples=[{"public.events": [{"lead_id": LEAD_ID, "event_type": "cta_click"}]}]
    )
