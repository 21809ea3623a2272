"""The demo shop's past: 120 days of sales up to now, made from the distributions of a real retailer with a fixed seed.

`story` tells it without a database, from the things that are given to it; `writing` puts it into the tables in bulk, one
transaction for everything; `telling` writes the events, so that plugins and roll-ups hear of it as of any other order.
"""
