"""How to get into the demo shop and its platform; public, as both exist in development only."""

SLUG = "demo"
NAME = "邢襄示范超市"
PHONE = "19900000000"
PASSWORD = "jishi-demo"
APPID = "wxde300000000000a1"

OPERATOR = "demo"
OPERATOR_NAME = "演示运营"
OPERATOR_PASSWORD = "jishi-platform"
