"""An event as a row of the table `hookd_events`. Both databases have the same columns."""

import json

# (name, type in PostgreSQL, type in DuckDB). `json` keeps the document byte for byte, with the order of its keys and every
# digit of its ids.
COLUMNS = [
    ("event", "text", "VARCHAR"),  # projects/{project}/events/{event}
    ("type", "text", "VARCHAR"),
    ("emit_time", "timestamptz", "TIMESTAMPTZ"),
    ("user_id", "text", "VARCHAR"),
    ("user_email", "text", "VARCHAR"),
    ("message_id", "text", "VARCHAR"),
    ("campaign_id", "text", "VARCHAR"),
    ("campaign_name", "text", "VARCHAR"),
    ("webhook_count", "integer", "INTEGER"),
    ("document", "json", "JSON"),
]


def row_of(event):
    """The values of the columns for an event of WatchEvents."""
    text = event["document"]
    # Numbers as they are written, because a double would lose digits of an id.
    document = json.loads(text, parse_int=str, parse_float=str)
    user = _object(document.get("user"))
    campaign = _object(document.get("campaign"))
    return (
        event["name"],
        _text(document.get("type")),
        event["emitTime"],
        _text(user.get("id")),
        _text(user.get("email")),
        # That of an `unsubscribed` event is in its campaign.
        _text(document.get("message_id", campaign.get("message_id"))),
        _text(campaign.get("id")),
        _text(campaign.get("name", campaign.get("campaign_title"))),
        int(event.get("webhookCount", 0)),
        text,
    )


def _object(value):
    return value if isinstance(value, dict) else {}


def _text(value):
    if not isinstance(value, str):
        return None
    # PostgreSQL's text cannot have U+0000.
    return value.replace("\0", "\ufffd")
