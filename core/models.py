"""Every model of the core, imported in one place: the metadata that migrations compare with."""

from core.analytics import models as analytics
from core.buyers import models as buyers
from core.catalog import models as catalog
from core.editing import models as editing
from core.host import models as host
from core.imports import models as imports
from core.openkeys import models as openkeys
from core.orders import models as orders
from core.pages import models as pages
from core.payments import models as payments
from core.settings import models as settings
from core.staff import models as staff
from core.stock import models as stock
from core.stores import models as stores

__all__ = [
    "analytics",
    "buyers",
    "catalog",
    "editing",
    "host",
    "imports",
    "openkeys",
    "orders",
    "pages",
    "payments",
    "settings",
    "staff",
    "stock",
    "stores",
]
