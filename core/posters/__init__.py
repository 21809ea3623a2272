"""Posters to print (海报): the shop's or a store's code with its name, as SVG."""
