"""The operator (平台运营): who runs the platform, what they see of the tenants, and how they enter a shop.

Services here work on schema `platform` and commit by themselves, each act together with its line in the operators' log.
"""
