from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import OneOf


class AcceptedSchema(ma.Schema):
    slug = ma.fields.String()
    status_url = ma.fields.String(metadata={"description": "ask here until the status is active"})


class StatusSchema(ma.Schema):
    slug = ma.fields.String()
    status = ma.fields.String(validate=OneOf(["requested", "provisioning", "active"]))
    address = ma.fields.String(metadata={"description": "the shop's host, once it is active"})
