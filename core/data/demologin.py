"""How to get into the demo shop; public, as the shop exists in development only."""

SLUG = "demo"
NAME = "邢襄示范超市"
PHONE = "19900000000"
PASSWORD = "jishi-demo"
APPID = "wxde300000000000a1"
